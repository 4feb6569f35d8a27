// SPDX-License-Identifier: GPL-2.0-only
/* Meaning of the status byte of a request (REQ-6). */
#include <errno.h>

#include "t/unit/unit.h"
#include "vhost/blk/blk_request.h"
#include "vhost/blk/blk_status.h"

/* Status values of VIRTIO 1.3, 5.2.6. */
static const struct {
	const char *name;
	int error;
	bool zoned;
} defined[] = {
	{ "OK", 0, false },
	{ "IOERR", EIO, false },
	{ "UNSUPP", ENOTSUP, false },
	{ "ZONE_INVALID_CMD", EINVAL, true },
	{ "ZONE_UNALIGNED_WP", EIO, true },
	{ "ZONE_OPEN_RESOURCE", ETOOMANYREFS, true },
	{ "ZONE_ACTIVE_RESOURCE", EOVERFLOW, true },
};

START_TEST(a_status_of_the_specification_has_its_error)
{
	for (size_t i = 0; i < COUNT(defined); i++) {
		ck_assert_int_eq(blk_status_error((uint8_t)i, true), defined[i].error);
		ck_assert_str_eq(blk_status_name((uint8_t)i), defined[i].name);
	}
}
END_TEST

START_TEST(statuses_of_zones_are_for_zoned_devices)
{
	for (size_t i = 0; i < COUNT(defined); i++)
		ck_assert_int_eq(blk_status_error((uint8_t)i, false),
				 defined[i].zoned ? EPROTO : defined[i].error);
}
END_TEST

START_TEST(any_other_byte_is_a_device_that_breaks_the_protocol)
{
	for (unsigned int status = COUNT(defined); status <= UINT8_MAX; status++) {
		ck_assert_int_eq(blk_status_error((uint8_t)status, false), EPROTO);
		ck_assert_int_eq(blk_status_error((uint8_t)status, true), EPROTO);
		ck_assert_ptr_null(blk_status_name((uint8_t)status));
	}
}
END_TEST

START_TEST(only_one_byte_is_success)
{
	for (unsigned int status = 0; status <= UINT8_MAX; status++)
		for (unsigned int zoned = 0; zoned < 2; zoned++)
			ck_assert_int_eq(!blk_status_error((uint8_t)status, zoned), !status);
}
END_TEST

START_TEST(no_status_at_all_is_none_of_them)
{
	ck_assert_int_eq(blk_status_error(BLK_STATUS_NONE, true), EPROTO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk-status");
	TCase *tc = unit_tcase(suite, "status", NULL, NULL);

	tcase_add_test(tc, a_status_of_the_specification_has_its_error);
	tcase_add_test(tc, statuses_of_zones_are_for_zoned_devices);
	tcase_add_test(tc, any_other_byte_is_a_device_that_breaks_the_protocol);
	tcase_add_test(tc, only_one_byte_is_success);
	tcase_add_test(tc, no_status_at_all_is_none_of_them);
	return unit_main(suite);
}
