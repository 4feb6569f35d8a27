// SPDX-License-Identifier: GPL-2.0-only
/* Parsing zone reports, which may hold any values (REQ-7). */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "t/unit/unit.h"
#include "vhost/blk/blk_dev.h"
#include "vhost/blk/blk_zone.h"

/* Four zones of 8 sectors and a last zone of 5 sectors. */
#define ZONE_SECTORS 8u
#define ZONE_BYTES   (ZONE_SECTORS * BLK_SECTOR_BYTES)
#define LAST_SECTORS 5u
#define ZONES	     5u
#define CAPACITY     (4u * ZONE_BYTES + LAST_SECTORS * BLK_SECTOR_BYTES)

static struct blk_dev dev;
static struct {
	struct blk_zone_report head;
	struct blk_zone_descriptor desc[ZONES];
} report;
static struct blk_zone zones[ZONES + 1];
static struct error error;

/* A report of all zones: the first is conventional, the others are empty. */
static void setup(void)
{
	dev = (struct blk_dev){
		.capacity_bytes = CAPACITY,
		.zoned.model = BLK_ZONE_MODEL_HOST_MANAGED,
		.zoned.zone_bytes = ZONE_BYTES,
		.zoned.write_granularity_bytes = BLK_SECTOR_BYTES,
	};
	memset(&report, 0, sizeof(report));
	memset(zones, 0xaa, sizeof(zones));
	strcpy(error.text, "untouched");
	report.head.nr_zones = htole64(ZONES);
	for (uint64_t i = 0; i < ZONES; i++) {
		report.desc[i].z_start = htole64(i * ZONE_SECTORS);
		report.desc[i].z_cap = htole64(i == ZONES - 1 ? LAST_SECTORS : ZONE_SECTORS);
		report.desc[i].z_wp = report.desc[i].z_start;
		report.desc[i].z_type = i ? BLK_ZONE_SEQUENTIAL_REQUIRED : BLK_ZONE_CONVENTIONAL;
		report.desc[i].z_state = i ? BLK_ZONE_EMPTY : BLK_ZONE_NOT_WP;
	}
}

static int read_from(uint64_t offset, unsigned int max)
{
	return blk_zone_read_report(&dev, offset, &report, sizeof(report), zones, max, &error);
}

static int read_all(void)
{
	return read_from(0, ZONES);
}

static void expect_refused(const char *part)
{
	ck_assert_int_eq(read_all(), -EPROTO);
	ck_assert_msg(strstr(error.text, part), "the sentence is: %s", error.text);
}

START_TEST(zones_are_read)
{
	ck_assert_int_eq(read_all(), ZONES);
	for (uint64_t i = 0; i < ZONES; i++) {
		uint64_t bytes = i == ZONES - 1 ? LAST_SECTORS * BLK_SECTOR_BYTES : ZONE_BYTES;

		ck_assert_uint_eq(zones[i].start_bytes, i * ZONE_BYTES);
		ck_assert_uint_eq(zones[i].bytes, bytes);
		ck_assert_uint_eq(zones[i].capacity_bytes, bytes);
		ck_assert_uint_eq(zones[i].wp_bytes, i * ZONE_BYTES);
		ck_assert_int_eq(zones[i].kind,
				 i ? BLK_ZONE_SEQUENTIAL_REQUIRED : BLK_ZONE_CONVENTIONAL);
		ck_assert_int_eq(zones[i].state, i ? BLK_ZONE_EMPTY : BLK_ZONE_NOT_WP);
	}
	ck_assert_str_eq(error.text, "untouched");
}
END_TEST

START_TEST(a_zone_can_hold_less_than_its_length)
{
	report.desc[1].z_cap = htole64(3);
	report.desc[1].z_state = BLK_ZONE_FULL;
	ck_assert_int_eq(read_all(), ZONES);
	ck_assert_uint_eq(zones[1].bytes, ZONE_BYTES);
	ck_assert_uint_eq(zones[1].capacity_bytes, 3 * BLK_SECTOR_BYTES);
	ck_assert_uint_eq(zones[1].wp_bytes, ZONE_BYTES + 3 * BLK_SECTOR_BYTES);
}
END_TEST

START_TEST(a_report_begins_with_the_zone_that_holds_the_offset)
{
	/* The first zone in the report is zone 2. */
	memmove(report.desc, report.desc + 2, 3 * sizeof(*report.desc));
	report.head.nr_zones = htole64(3);
	for (uint64_t offset = 2 * ZONE_BYTES; offset < 3 * ZONE_BYTES; offset += 512) {
		ck_assert_int_eq(read_from(offset, ZONES), 3);
		ck_assert_uint_eq(zones[0].start_bytes, 2 * ZONE_BYTES);
	}
	ck_assert_int_eq(read_from(3 * ZONE_BYTES, ZONES), -EPROTO);
	ck_assert_int_eq(read_from(2 * ZONE_BYTES - 512, ZONES), -EPROTO);
}
END_TEST

START_TEST(no_more_are_read_than_there_is_room_for)
{
	struct blk_zone untouched = zones[2];

	ck_assert_int_eq(read_from(0, 2), 2);
	ck_assert_mem_eq(&zones[2], &untouched, sizeof(untouched));
	ck_assert_int_eq(read_from(0, 0), 0);
}
END_TEST

START_TEST(a_report_may_have_fewer_or_none)
{
	report.head.nr_zones = htole64(2);
	ck_assert_int_eq(read_all(), 2);
	report.head.nr_zones = 0;
	ck_assert_int_eq(read_all(), 0);
}
END_TEST

START_TEST(more_zones_than_fit_into_the_report_are_refused)
{
	static const uint64_t numbers[] = { ZONES + 1,	1u << 31,	 1ull << 32,
					    1ull << 58, UINT64_MAX / 64, UINT64_MAX };

	for (size_t i = 0; i < COUNT(numbers); i++) {
		report.head.nr_zones = htole64(numbers[i]);
		expect_refused("has room for only 5");
	}
}
END_TEST

START_TEST(what_lies_behind_the_capacity_is_no_zone)
{
	/* The report has one zone more than the capacity allows. */
	dev.capacity_bytes = 4 * ZONE_BYTES;
	ck_assert_int_eq(
		blk_zone_read_report(&dev, 0, &report, sizeof(report), zones, ZONES, &error), 4);
}
END_TEST

START_TEST(a_wrong_start_is_refused)
{
	static const uint64_t starts[] = { 0,
					   1,
					   ZONE_SECTORS - 1,
					   ZONE_SECTORS + 1,
					   2 * ZONE_SECTORS,
					   ZONE_SECTORS + (1ull << 55),
					   UINT64_MAX };

	for (size_t i = 0; i < COUNT(starts); i++) {
		/* The zone is full, so its write pointer is not checked. */
		report.desc[1].z_start = htole64(starts[i]);
		report.desc[1].z_state = BLK_ZONE_FULL;
		expect_refused("invalid descriptor for zone 1:");
	}
}
END_TEST

START_TEST(a_capacity_of_nothing_or_beyond_the_zone_is_refused)
{
	static const uint64_t capacities[] = { 0, ZONE_SECTORS + 1, 1ull << 55, UINT64_MAX };

	for (size_t i = 0; i < COUNT(capacities); i++) {
		setup();
		report.desc[2].z_cap = htole64(capacities[i]);
		expect_refused("invalid descriptor for zone 2:");
	}
	/* The last zone is smaller. */
	setup();
	report.desc[ZONES - 1].z_cap = htole64(LAST_SECTORS + 1);
	expect_refused("invalid descriptor for zone 4:");
}
END_TEST

/* States in which the write pointer is valid and may be anywhere in the zone. */
static const uint8_t written[] = { BLK_ZONE_IMPLICITLY_OPEN, BLK_ZONE_EXPLICITLY_OPEN,
				   BLK_ZONE_CLOSED };

START_TEST(a_write_pointer_is_within_its_zone)
{
	const uint64_t start = 2 * ZONE_SECTORS, cap = 6;

	report.desc[2].z_cap = htole64(cap);
	for (size_t i = 0; i < COUNT(written); i++) {
		static const uint64_t outside[] = { 0,
						    start - 1,
						    start + cap + 1,
						    start + ZONE_SECTORS,
						    start + (1ull << 55),
						    UINT64_MAX };

		report.desc[2].z_state = written[i];
		for (uint64_t wp = start; wp <= start + cap; wp++) {
			report.desc[2].z_wp = htole64(wp);
			ck_assert_int_eq(read_all(), ZONES);
			ck_assert_uint_eq(zones[2].wp_bytes, wp * BLK_SECTOR_BYTES);
		}
		for (size_t n = 0; n < COUNT(outside); n++) {
			report.desc[2].z_wp = htole64(outside[n]);
			expect_refused("invalid descriptor for zone 2:");
		}
	}
}
END_TEST

START_TEST(an_empty_zone_has_its_write_pointer_at_its_start)
{
	report.desc[1].z_wp = htole64(ZONE_SECTORS + 1);
	expect_refused("invalid descriptor for zone 1:");
}
END_TEST

START_TEST(a_write_pointer_that_means_nothing_is_not_taken)
{
	static const uint8_t states[] = { BLK_ZONE_READ_ONLY, BLK_ZONE_FULL, BLK_ZONE_OFFLINE };

	report.desc[0].z_wp = htole64(UINT64_MAX);
	report.desc[1].z_wp = htole64(UINT64_MAX);
	for (size_t i = 0; i < COUNT(states); i++) {
		report.desc[1].z_state = states[i];
		ck_assert_int_eq(read_all(), ZONES);
		ck_assert_uint_eq(zones[0].wp_bytes, 0);
		ck_assert_uint_eq(zones[1].wp_bytes, 2 * ZONE_BYTES);
	}
}
END_TEST

/* Return true if a zone of @type may be in @state (VIRTIO 1.3, 5.2.6). */
static bool fits(unsigned int type, unsigned int state)
{
	bool broken = state == BLK_ZONE_READ_ONLY || state == BLK_ZONE_OFFLINE;

	switch (type) {
	case BLK_ZONE_CONVENTIONAL:
		return state == BLK_ZONE_NOT_WP || broken;
	case BLK_ZONE_SEQUENTIAL_REQUIRED:
	case BLK_ZONE_SEQUENTIAL_PREFERRED:
		return (state >= 1 && state <= 4) || state == BLK_ZONE_FULL || broken;
	default:
		return false;
	}
}

START_TEST(types_and_states_that_do_not_go_together_are_refused)
{
	for (unsigned int type = 0; type <= UINT8_MAX; type++) {
		for (unsigned int state = 0; state <= UINT8_MAX; state++) {
			report.desc[3].z_type = (uint8_t)type;
			report.desc[3].z_state = (uint8_t)state;
			CHECK_EQ(read_all(), fits(type, state) ? (int)ZONES : -EPROTO);
		}
	}
}
END_TEST

START_TEST(nothing_is_read_behind_a_report)
{
	/*
	 * Allocate exactly the size of the report, so that a memory checker detects reads beyond
	 * it.
	 */
	size_t bytes = BLK_ZONE_REPORT_BYTES(2) + sizeof(struct blk_zone_descriptor) - 1;
	void *memory = malloc(bytes);

	ck_assert_ptr_nonnull(memory);
	report.head.nr_zones = htole64(2);
	memcpy(memory, &report, bytes);
	ck_assert_int_eq(blk_zone_read_report(&dev, 0, memory, bytes, zones, ZONES, &error), 2);
	report.head.nr_zones = htole64(3);
	memcpy(memory, &report, bytes);
	ck_assert_int_eq(blk_zone_read_report(&dev, 0, memory, bytes, zones, ZONES, &error),
			 -EPROTO);
	free(memory);
}
END_TEST

START_TEST(models_have_names)
{
	ck_assert_str_eq(blk_zone_model_name(BLK_ZONE_MODEL_NONE), "none");
	ck_assert_str_eq(blk_zone_model_name(BLK_ZONE_MODEL_HOST_MANAGED), "host-managed");
	ck_assert_str_eq(blk_zone_model_name(BLK_ZONE_MODEL_HOST_AWARE), "host-aware");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk-zone");
	TCase *tc = unit_tcase(suite, "report", setup, NULL);

	tcase_add_test(tc, zones_are_read);
	tcase_add_test(tc, a_zone_can_hold_less_than_its_length);
	tcase_add_test(tc, a_report_begins_with_the_zone_that_holds_the_offset);
	tcase_add_test(tc, no_more_are_read_than_there_is_room_for);
	tcase_add_test(tc, a_report_may_have_fewer_or_none);
	tcase_add_test(tc, more_zones_than_fit_into_the_report_are_refused);
	tcase_add_test(tc, what_lies_behind_the_capacity_is_no_zone);
	tcase_add_test(tc, a_wrong_start_is_refused);
	tcase_add_test(tc, a_capacity_of_nothing_or_beyond_the_zone_is_refused);
	tcase_add_test(tc, a_write_pointer_is_within_its_zone);
	tcase_add_test(tc, an_empty_zone_has_its_write_pointer_at_its_start);
	tcase_add_test(tc, a_write_pointer_that_means_nothing_is_not_taken);
	tcase_add_test(tc, types_and_states_that_do_not_go_together_are_refused);
	tcase_add_test(tc, nothing_is_read_behind_a_report);
	tcase_add_test(tc, models_have_names);
	return unit_main(suite);
}
