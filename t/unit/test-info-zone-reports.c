// SPDX-License-Identifier: GPL-2.0-only
/* How vblk-info reads the zone reports of a device, which this program imitates. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "t/unit/unit.h"
#include "vhost/info/facts.h"
#include "vhost/info/zones.h"

#define ZONE_BYTES (1u << 20)

static struct blk_dev dev;
static struct info_query query;
static unsigned char data[BLK_ZONE_REPORT_BYTES(INFO_ZONES_MAX)];

/* The fake device: how requests fail, what it reports, and the number of requests received. */
static int fails;
static unsigned int reported_most; /* maximum number of zones in a report */
static unsigned int wrong_from;	   /* zones from this one on have an invalid state */
static unsigned int requests;

/* The first two zones are conventional, every third of the others is full. */
static void describe(struct blk_zone_descriptor *desc, uint64_t index)
{
	uint64_t sectors = dev.zoned.zone_bytes / BLK_SECTOR_BYTES, start = index * sectors;
	uint64_t left = dev.capacity_bytes / BLK_SECTOR_BYTES - start;

	desc->z_start = desc->z_wp = htole64(start);
	desc->z_cap = htole64(left < sectors ? left : sectors);
	desc->z_type = index < 2 ? BLK_ZONE_CONVENTIONAL : BLK_ZONE_SEQUENTIAL_REQUIRED;
	desc->z_state = index < 2 ? BLK_ZONE_NOT_WP : index % 3 ? BLK_ZONE_EMPTY : BLK_ZONE_FULL;
	if (index >= wrong_from)
		desc->z_state = 200;
}

int info_request(struct info_query *a, const char *name, uint32_t type, uint64_t sector,
		 uint32_t bytes, bool *unsupported)
{
	struct blk_zone_report *report = (struct blk_zone_report *)data;
	struct blk_zone_descriptor *desc = (struct blk_zone_descriptor *)(report + 1);
	uint64_t index = sector * BLK_SECTOR_BYTES / dev.zoned.zone_bytes;
	uint64_t zones = (dev.capacity_bytes + dev.zoned.zone_bytes - 1) / dev.zoned.zone_bytes;
	uint64_t n, room = (bytes - sizeof(*report)) / sizeof(*desc);

	ck_assert_uint_eq(type, 16);
	ck_assert_str_eq(name, "ZONE_REPORT");
	ck_assert_ptr_null(unsupported);
	ck_assert_uint_eq(sector * BLK_SECTOR_BYTES % dev.zoned.zone_bytes, 0);
	CHECK(bytes <= a->session.data_bytes);
	CHECK(index < zones);
	requests++;
	if (fails)
		return error_keep(&a->error, fails, "the device failed");
	memset(data, 0, bytes);
	for (n = 0; n < room && n < reported_most && index + n < zones; n++)
		describe(&desc[n], index + n);
	report->nr_zones = htole64(n);
	return 0;
}

/* Ten zones and a last zone of half the size. */
static void setup(void)
{
	dev = (struct blk_dev){
		.path = "/device",
		.transport.ops = &vhost_user_ops,
		.transport.name = "vhost-user",
		.block_bytes = 512,
		.capacity_bytes = 10 * ZONE_BYTES + ZONE_BYTES / 2,
		.zoned = { .model = BLK_ZONE_MODEL_HOST_MANAGED,
			   .zone_bytes = ZONE_BYTES,
			   .write_granularity_bytes = 512 },
	};
	query = (struct info_query){ .dev = &dev, .timeout_ms = 10000 };
	query.session.dev = &dev;
	query.session.data = data;
	query.session.data_bytes = sizeof(data);
	fails = 0;
	reported_most = wrong_from = UINT32_MAX;
	requests = 0;
}

static void teardown(void)
{
	json_decref(query.facts);
}

static int spec(bool list)
{
	json_decref(query.facts);
	query.facts = info_facts(&dev);
	return info_query_zones(&query, list);
}

static json_t *zones(const char *name)
{
	return json_object_get(json_object_get(query.facts, "zones"), name);
}

static json_int_t count(const char *of, const char *name)
{
	return json_integer_value(json_object_get(zones(of), name));
}

static void check_counts(void)
{
	ck_assert_int_eq(count("types", "conventional"), 2);
	ck_assert_int_eq(count("types", "sequential_write_required"), 9);
	ck_assert_int_eq(count("types", "sequential_write_preferred"), 0);
	ck_assert_int_eq(count("states", "not_wp"), 2);
	ck_assert_int_eq(count("states", "empty"), 6);
	ck_assert_int_eq(count("states", "full"), 3);
	ck_assert_int_eq(count("states", "offline"), 0);
	ck_assert_uint_eq(json_object_size(zones("states")), 8);
}

START_TEST(zones_are_counted)
{
	ck_assert_int_eq(spec(false), 0);
	ck_assert_int_eq(json_integer_value(zones("count")), 11);
	ck_assert_uint_eq(requests, 1);
	check_counts();
	ck_assert_ptr_null(zones("list"));
	ck_assert_str_eq(query.error.text, "");
}
END_TEST

START_TEST(reports_follow_each_other)
{
	/* A buffer with room for three zones, then a device that returns fewer zones than fit. */
	query.session.data_bytes = BLK_ZONE_REPORT_BYTES(3);
	ck_assert_int_eq(spec(false), 0);
	ck_assert_uint_eq(requests, 4);
	check_counts();
	reported_most = 1;
	ck_assert_int_eq(spec(false), 0);
	ck_assert_uint_eq(requests, 4 + 11);
	check_counts();
}
END_TEST

START_TEST(zones_are_listed)
{
	query.session.data_bytes = BLK_ZONE_REPORT_BYTES(4);
	ck_assert_int_eq(spec(true), 0);
	check_counts();
	ck_assert_uint_eq(json_array_size(zones("list")), 11);
	for (size_t i = 0; i < 11; i++) {
		json_t *zone = json_array_get(zones("list"), i);
		json_int_t start = (json_int_t)i * ZONE_BYTES, wp = start;
		json_int_t bytes = i == 10 ? ZONE_BYTES / 2 : ZONE_BYTES;

		if (i >= 2 && !(i % 3))
			wp = start + bytes;
		ck_assert_int_eq(json_integer_value(json_object_get(zone, "start_bytes")), start);
		ck_assert_int_eq(json_integer_value(json_object_get(zone, "bytes")), bytes);
		ck_assert_int_eq(json_integer_value(json_object_get(zone, "capacity_bytes")),
				 bytes);
		if (i < 2)
			ck_assert(json_is_null(json_object_get(zone, "write_pointer_bytes")));
		else
			ck_assert_int_eq(
				json_integer_value(json_object_get(zone, "write_pointer_bytes")),
				wp);
	}
}
END_TEST

START_TEST(a_device_without_zones_is_not_asked)
{
	dev.zoned = (struct blk_zoned){ 0 };
	ck_assert_int_eq(spec(true), 0);
	ck_assert_uint_eq(requests, 0);
	ck_assert(json_is_null(json_object_get(query.facts, "zones")));
}
END_TEST

/* Zones are counted only if all reports were read. */
static void check_refused(int ret, const char *sentence)
{
	ck_assert_int_eq(spec(true), ret);
	ck_assert_msg(strstr(query.error.text, sentence), "the sentence is: %s", query.error.text);
	ck_assert_int_eq(json_integer_value(zones("count")), 11);
	ck_assert_ptr_null(zones("types"));
	ck_assert_ptr_null(zones("states"));
	ck_assert_ptr_null(zones("list"));
}

START_TEST(a_report_of_nothing_ends_it)
{
	reported_most = 0;
	check_refused(-EPROTO, "zone report that starts at byte 0 has no zones");
	ck_assert_uint_eq(requests, 1);
}
END_TEST

START_TEST(a_zone_that_cannot_be_ends_it)
{
	query.session.data_bytes = BLK_ZONE_REPORT_BYTES(3);
	wrong_from = 7;
	check_refused(-EPROTO, "zone report has an invalid descriptor for zone 7: start 14336,");
	ck_assert_uint_eq(requests, 3);
}
END_TEST

START_TEST(a_request_that_fails_ends_it)
{
	fails = -EIO;
	check_refused(-EIO, "the device failed");
	fails = -ETIMEDOUT;
	check_refused(-ETIMEDOUT, "the device failed");
	ck_assert_uint_eq(requests, 2);
}
END_TEST

START_TEST(more_zones_than_there_is_time_for_end_it)
{
	dev.zoned.zone_bytes = 512;
	dev.capacity_bytes = 1ull << 62;
	query.timeout_ms = 50;
	ck_assert_int_eq(spec(false), -ETIMEDOUT);
	ck_assert_msg(
		strstr(query.error.text, " of 9007199254740992 zones within 50 ms (--timeout)"),
		"the sentence is: %s", query.error.text);
	ck_assert_ptr_null(zones("types"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("info-zone-reports");
	TCase *tc = unit_tcase(suite, "reports", setup, teardown);

	tcase_add_test(tc, zones_are_counted);
	tcase_add_test(tc, reports_follow_each_other);
	tcase_add_test(tc, zones_are_listed);
	tcase_add_test(tc, a_device_without_zones_is_not_asked);
	tcase_add_test(tc, a_report_of_nothing_ends_it);
	tcase_add_test(tc, a_zone_that_cannot_be_ends_it);
	tcase_add_test(tc, a_request_that_fails_ends_it);
	tcase_add_test(tc, more_zones_than_there_is_time_for_end_it);
	return unit_main(suite);
}
