// SPDX-License-Identifier: GPL-2.0-only
/* Zoned t/vblk-device/vblk-device: its configuration, and the broken rules that it reports. */
#include "t/unit/zoned-rig.h"

START_TEST(configuration)
{
	unsigned char c[96];
	uint32_t got, v[5];

	raw_device_start(&d, dir, zoned);
	CHECK(raw_open(&d, FEATURES) & 8);
	CHECK(d.offered & ZONED);
	CHECK(!vhost_user_get_config(&d.vu, c, sizeof(c), &got));
	CHECK_EQ(got, sizeof(c));
	memcpy(v, c + 72, sizeof(v));
	CHECK(le32toh(v[0]) == ZONE && le32toh(v[1]) == 2 && le32toh(v[2]) == 3);
	CHECK(le32toh(v[3]) == 32 && le32toh(v[4]) == 4096);
	CHECK(c[92] == 1 && !c[93] && !c[94] && !c[95]);
	CHECK_EQ(field(c, 0), (NR - 1) * ZONE + ZONE / 2);
	memcpy(v, c + 68, sizeof(*v));
	CHECK_EQ(le32toh(v[0]) % ZONE, 0);
	CHECK(!vhost_user_get_config(&d.vu, c, 60, &got));
	CHECK_EQ(got, 60);
	finish();
}
END_TEST

START_TEST(broken_rules)
{
	struct raw_request r = { .type = APPEND, .sector = at(1), .tail_bytes = 8 };
	struct raw_queue *q = &d.queue[0];
	unsigned int n = 0;

	start(zoned);
	CHECK_EQ(command(OPEN, at(1) + 8), INVALID);
	CHECK_EQ(rules("REQ-7"), ++n);
	CHECK_EQ(command(RESET, at(NR)), INVALID);
	CHECK_EQ(rules("REQ-7"), ++n);
	CHECK_EQ(command(RESET_ALL, 1), OK);
	CHECK_EQ(rules("REQ-7"), ++n);
	r.out_bytes = 33 * SECTOR;
	CHECK_EQ(raw_request(q, &r), INVALID);
	CHECK_EQ(rules("REQ-7"), ++n);
	r.out_bytes = SECTOR;
	CHECK_EQ(raw_request(q, &r), UNALIGNED);
	CHECK_EQ(rules("REQ-7"), ++n);
	r.out_bytes = 4096;
	r.sector = at(1) + 8;
	CHECK_EQ(raw_request(q, &r), INVALID);
	CHECK_EQ(rules("REQ-7"), ++n);
	r.sector = at(1);
	r.tail_bytes = 0;
	CHECK_EQ(raw_request(q, &r), IOERR);
	CHECK_EQ(rules("REQ-7"), ++n);
	CHECK_EQ(write_at(at(1), 1, 0), UNALIGNED);
	CHECK_EQ(rules("REQ-7"), ++n);
	r = (struct raw_request){ .type = CLOSE, .sector = at(1), .out_bytes = 8 };
	raw_request(q, &r);
	CHECK_EQ(rules("REQ-7"), ++n);
	r = (struct raw_request){ .type = REPORT, .in_bytes = 63 };
	CHECK_EQ(raw_request(q, &r), INVALID);
	CHECK_EQ(rules("REQ-7"), ++n);
	r = (struct raw_request){ .type = REPORT, .sector = at(NR), .in_bytes = 128 };
	CHECK_EQ(raw_request(q, &r), INVALID);
	CHECK_EQ(rules("REQ-7"), ++n);
	CHECK_EQ(ranges(DISCARD, at(1), 8), UNSUPP);
	raw_close(&d);
	CHECK_EQ(raw_device_stop(&d), 3);
}
END_TEST

START_TEST(features_refused)
{
	raw_device_start(&d, dir, zoned);
	/*
	 * Without ZONED the device does not accept the features; a driver that continues breaks
	 * BLK-3.
	 */
	CHECK(!(raw_open(&d, MQ) & 8));
	raw_close(&d);
	CHECK_EQ(rules("BLK-3"), 0);
	CHECK(!(raw_open(&d, MQ) & 8));
	raw_start(&d);
	raw_close(&d);
	CHECK(rules("BLK-3") > 0);
	CHECK_EQ(raw_device_stop(&d), 3);
	raw_device_start(&d, dir, zoned);
	CHECK(raw_open(&d, FEATURES | FEATURE(13)) & 8);
	raw_close(&d);
	CHECK_EQ(raw_device_stop(&d), 3);
	CHECK_EQ(rules("BLK-3"), 1);
}
END_TEST

START_TEST(not_zoned)
{
	static const char *const options[] = { "--queues", "2", "--no-discard", NULL };
	static const uint32_t types[] = { APPEND, REPORT, OPEN, CLOSE, FINISH, RESET, RESET_ALL };

	raw_device_start(&d, dir, options);
	CHECK(raw_open(&d, MQ) & 8);
	CHECK(!(d.offered & ZONED));
	raw_start(&d);
	for (unsigned int i = 0; i < COUNT(types); i++)
		CHECK_EQ(command(types[i], 0), UNSUPP);
	raw_close(&d);
	CHECK_EQ(raw_device_stop(&d), 3);
	CHECK_EQ(rules("FEAT-1"), COUNT(types));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-zoned-rules");
	TCase *tc = unit_tcase(suite, "zoned", setup, teardown);

	tcase_add_test(tc, configuration);
	tcase_add_test(tc, broken_rules);
	tcase_add_test(tc, features_refused);
	tcase_add_test(tc, not_zoned);
	return unit_main(suite);
}
