/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring model: valid and invalid configurations, and faults of a device. */
#include <endian.h>
#include <string.h>

#include "t/ring-model/fault.h"
#include "t/unit/ring-model-rig.h"

START_TEST(init_complains)
{
	struct devring_config cfg = config(DEVRING_SPLIT);

	cfg.size = 6;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "power of 2"));
	cfg.size = 65536;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	cfg.size = 0;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);

	cfg = config(DEVRING_SPLIT);
	cfg.desc = (char *)cfg.desc + 8;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: descriptor area"));
	cfg = config(DEVRING_SPLIT);
	cfg.driver_area = (char *)cfg.driver_area + 1;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: driver area"));
	cfg = config(DEVRING_SPLIT);
	cfg.device_area = (char *)cfg.device_area + 2;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: device area"));
	cfg = config(DEVRING_PACKED);
	cfg.driver_area = (char *)cfg.driver_area + 2;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: driver area"));

	/* The size of a packed ring need not be a power of two. */
	cfg = config(DEVRING_PACKED);
	cfg.size = 6;
	ck_assert_int_eq(devring_init(&ring, &cfg), 0);
	ck_assert_uint_eq(devring_base(&ring), 0x80008000);
	ck_assert_int_eq(devring_set_base(&ring, 6), -1);
}
END_TEST

START_TEST(faults)
{
	start(DEVRING_SPLIT, true, false);
	devfault_write_used(&ring, SIZE + 1, 0xdeadbeef, 7);
	expect_used(1, 0xdeadbeef, 7);
	ck_assert_uint_eq(used_idx(), 0);
	devfault_jump_used(&ring, 300);
	ck_assert_uint_eq(used_idx(), 300);
	devfault_go_back(&ring, 301);
	ck_assert_uint_eq(used_idx(), 0xffff);
	devfault_garbage_event(&ring, 0xabcd, 0x1234);
	ck_assert_uint_eq(used16(0), 0xabcd);
	ck_assert_uint_eq(avail_event(), 0x1234);

	start(DEVRING_PACKED, false, false);
	devring_set_base(&ring, 0x80078007);
	devfault_jump_used(&ring, 2);
	expect_packed(7, 0, 0, AVAIL | USED);
	expect_packed(0, 0, 0, 0);
	devring_set_base(&ring, 0x00010001);
	devfault_go_back(&ring, 2);
	expect_packed(0, 0, 0, AVAIL | USED);
	expect_packed(7, 0, 0, 0);
	devfault_flip_wrap(&ring, false, true);
	ck_assert_uint_eq(devring_base(&ring), 0x80010001);
	devfault_flip_wrap(&ring, true, false);
	ck_assert_uint_eq(devring_base(&ring), 0x80018001);
	devfault_write_used(&ring, 2, 0x1ffff, 9);
	expect_packed(2, 0xffff, 9, 0);
	devfault_garbage_event(&ring, 0xabcd, 0x1234);
	ck_assert_uint_eq(le16toh(packed.device.flags), 0xabcd);
	ck_assert_uint_eq(le16toh(packed.device.off_wrap), 0x1234);
}
END_TEST

/* Unknown ids in used entries must not corrupt the records of the buffers that the device holds. */
START_TEST(push_of_strange_ids)
{
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, NEXT, 1);
	put_split(1, IOVA, 1, 0, 0);
	offer_split(0);
	pop_ok(0, 2, 2);
	devring_push(&ring, 1, 0, 1);
	devring_push(&ring, SIZE, 0, 1);
	devring_push(&ring, UINT32_MAX, 0, 1);
	ck_assert_uint_eq(ring.held, 2);
	devring_push(&ring, 0, 0, 2);
	devring_push(&ring, 0, 0, 2);
	ck_assert_uint_eq(ring.held, 0);
	devring_flush(&ring);
	ck_assert_uint_eq(used_idx(), 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ring-model");
	TCase *tc = unit_tcase(suite, "ring-model", NULL, teardown);

	tcase_add_test(tc, init_complains);
	tcase_add_test(tc, faults);
	tcase_add_test(tc, push_of_strange_ids);
	return unit_main(suite);
}
