// SPDX-License-Identifier: GPL-2.0-only
/* Choosing an I/O virtual address for memory. */
#include <errno.h>
#include <string.h>

#include "t/unit/unit.h"
#include "vhost/transport/arena.h"
#include "vhost/transport/iova.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static uint64_t iova;
static struct error error;

#define choose(ranges, bytes) iova_choose(ranges, COUNT(ranges), bytes, &iova, &error)

START_TEST(all_addresses)
{
	const struct iova_range all[] = { { 0, UINT64_MAX } };

	ck_assert_int_eq(choose(all, 64 * MIB), 0);
	ck_assert_uint_eq(iova, ARENA_IOVA);
	ck_assert_int_eq(choose(all, UINT64_MAX - ARENA_IOVA), 0);
	ck_assert_uint_eq(iova, ARENA_IOVA);
}
END_TEST

START_TEST(what_is_reserved_is_skipped)
{
	/*
	 * Ranges as an IOMMU reports them: they leave out the interrupt range below 4 GiB and
	 * another range above 4 GiB.
	 */
	const struct iova_range ranges[] = { { 0, 0xfedfffff },
					     { 0xfef00000, 4 * GIB + 0xfffff },
					     { 4 * GIB + 3 * MIB, (1ull << 39) - 1 } };

	ck_assert_int_eq(choose(ranges, 64 * MIB), 0);
	ck_assert_uint_eq(iova, 4 * GIB + 4 * MIB);
	ck_assert_int_eq(choose(ranges, MIB), 0);
	ck_assert_uint_eq(iova, 4 * GIB);
}
END_TEST

START_TEST(order_of_ranges_does_not_matter)
{
	const struct iova_range ranges[] = { { 64 * GIB, 128 * GIB },
					     { 8 * GIB, 16 * GIB },
					     { 0, GIB } };

	ck_assert_int_eq(choose(ranges, 64 * MIB), 0);
	ck_assert_uint_eq(iova, 8 * GIB);
	ck_assert_int_eq(choose(ranges, 32 * GIB), 0);
	ck_assert_uint_eq(iova, 64 * GIB);
}
END_TEST

START_TEST(low_addresses_are_used_where_there_are_no_others)
{
	const struct iova_range low[] = { { 0, 256 * MIB - 1 } };

	ck_assert_int_eq(choose(low, 64 * MIB), 0);
	ck_assert_uint_eq(iova, ARENA_UNIT);
	ck_assert_int_eq(choose(low, 254 * MIB), 0);
	ck_assert_uint_eq(iova, ARENA_UNIT);
	/* Address 0 is never used. */
	ck_assert_int_eq(choose(low, 254 * MIB + 1), -ENOSPC);
}
END_TEST

START_TEST(the_last_address_is_one_of_the_range)
{
	const struct iova_range exact[] = { { 8 * GIB, 8 * GIB + 64 * MIB - 1 } };
	const struct iova_range top[] = { { UINT64_MAX - 64 * MIB + 1, UINT64_MAX } };

	ck_assert_int_eq(choose(exact, 64 * MIB), 0);
	ck_assert_uint_eq(iova, 8 * GIB);
	ck_assert_int_eq(choose(exact, 64 * MIB + 1), -ENOSPC);
	ck_assert_int_eq(choose(top, 64 * MIB), 0);
	ck_assert_uint_eq(iova, UINT64_MAX - 64 * MIB + 1);
	ck_assert_int_eq(choose(top, 64 * MIB + 1), -ENOSPC);
}
END_TEST

START_TEST(aligning_counts)
{
	const struct iova_range odd[] = { { 8 * GIB + 1, 8 * GIB + 64 * MIB } };
	const struct iova_range end[] = { { UINT64_MAX - 1, UINT64_MAX } };

	ck_assert_int_eq(choose(odd, 62 * MIB), 0);
	ck_assert_uint_eq(iova, 8 * GIB + 2 * MIB);
	ck_assert_int_eq(choose(odd, 64 * MIB), -ENOSPC);
	ck_assert_int_eq(choose(end, 1), -ENOSPC);
}
END_TEST

START_TEST(no_room_is_said_with_what_there_is_and_what_is_needed)
{
	const struct iova_range small[] = { { 0, 0xfffff }, { 4 * GIB, 4 * GIB + 0xfff } };

	ck_assert_int_eq(choose(small, 64 * MIB), -ENOSPC);
	ck_assert_str_eq(
		error.text,
		"67108864 bytes of memory do not fit into the I/O virtual addresses that the device can use: 0x0 to 0xfffff, 0x100000000 to 0x100000fff");
	ck_assert_int_eq(iova_choose(small, 0, 1, &iova, &error), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(error.text, "can use: none"));
}
END_TEST

START_TEST(range_that_ends_before_it_begins_is_none)
{
	const struct iova_range odd[] = { { 8 * GIB, 4 * GIB } };

	ck_assert_int_eq(choose(odd, 1), -ENOSPC);
}
END_TEST

START_TEST(many_ranges_do_not_overflow_the_sentence)
{
	struct iova_range many[64];
	size_t i;

	for (i = 0; i < COUNT(many); i++)
		many[i] = (struct iova_range){ i << 21, (i << 21) + 0xfff };
	ck_assert_int_eq(choose(many, 64 * MIB), -ENOSPC);
	ck_assert_uint_lt(strlen(error.text), sizeof(error.text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iova");
	TCase *tc = unit_tcase(suite, "iova", NULL, NULL);

	tcase_add_test(tc, all_addresses);
	tcase_add_test(tc, what_is_reserved_is_skipped);
	tcase_add_test(tc, order_of_ranges_does_not_matter);
	tcase_add_test(tc, low_addresses_are_used_where_there_are_no_others);
	tcase_add_test(tc, the_last_address_is_one_of_the_range);
	tcase_add_test(tc, aligning_counts);
	tcase_add_test(tc, no_room_is_said_with_what_there_is_and_what_is_needed);
	tcase_add_test(tc, range_that_ends_before_it_begins_is_none);
	tcase_add_test(tc, many_ranges_do_not_overflow_the_sentence);
	return unit_main(suite);
}
