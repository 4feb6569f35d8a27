// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zoned t/vblk-device/vblk-device: every zone request and its effect on data, over a real
 * connection.
 */
#include <pthread.h>

#include "t/unit/zoned-rig.h"

START_TEST(zone_requests)
{
	uint64_t wp;

	start(zoned);
	CHECK_EQ(state_of(0, NULL), NOT_WP);
	CHECK_EQ(write_at(5, 3, 1), OK);
	CHECK_EQ(state_of(1, &wp), EMPTY);
	CHECK_EQ(wp, at(1));
	CHECK_EQ(write_at(at(1) + 8, 8, 2), UNALIGNED);
	CHECK_EQ(write_at(at(1), 8, 2), OK);
	CHECK_EQ(state_of(1, &wp), IOPEN);
	CHECK_EQ(wp, at(1) + 8);
	CHECK_EQ(write_at(at(1) + 8, CAPACITY, 2), INVALID);
	CHECK_EQ(read_at(at(2) - 8, 16), INVALID);
	CHECK_EQ(command(CLOSE, at(1)), OK);
	CHECK_EQ(state_of(1, NULL), CLOSED);
	CHECK_EQ(command(OPEN, at(1)), OK);
	CHECK_EQ(command(OPEN, at(2)), OK);
	CHECK_EQ(state_of(2, NULL), EOPEN);
	CHECK_EQ(command(OPEN, at(3)), OPEN_RESOURCE);
	CHECK_EQ(write_at(at(3), 8, 3), OPEN_RESOURCE);
	CHECK_EQ(command(CLOSE, at(1)), OK);
	CHECK_EQ(write_at(at(3), 8, 3), OK);
	CHECK_EQ(command(OPEN, at(4)), ACTIVE_RESOURCE);
	CHECK_EQ(command(FINISH, at(3)), OK);
	CHECK_EQ(state_of(3, NULL), FULL);
	CHECK_EQ(write_at(at(3) + 8, 8, 3), INVALID);
	CHECK_EQ(command(RESET, at(3)), OK);
	CHECK_EQ(state_of(3, &wp), EMPTY);
	CHECK_EQ(wp, at(3));
	CHECK_EQ(command(OPEN, 0), INVALID);
	CHECK_EQ(write_at(at(NR - 1), ZONE / 2, 4), OK);
	CHECK_EQ(state_of(NR - 1, NULL), FULL);
	CHECK_EQ(command(RESET_ALL, 0), OK);
	for (uint32_t i = 1; i < NR; i++)
		CHECK_EQ(state_of(i, NULL), EMPTY);
	CHECK(holds(5, 3, 1));
	/* Report all zones, then as many as fit into a smaller buffer. */
	CHECK_EQ(raw_request(&d.queue[1],
			     &(struct raw_request){ .type = REPORT, .in_bytes = 64 * (NR + 9) }),
		 OK);
	CHECK_EQ(field(d.queue[1].data, 0), NR);
	CHECK_EQ(raw_request(&d.queue[1], &(struct raw_request){ .type = REPORT,
								 .sector = at(NR - 3),
								 .in_bytes = 64 * 3 + 63 }),
		 OK);
	CHECK_EQ(field(d.queue[1].data, 0), 2);
	CHECK_EQ(field(d.queue[1].data + 128, 8), at(NR - 2));
	finish();
}
END_TEST

START_TEST(appended_data)
{
	uint64_t where;

	start(zoned);
	CHECK_EQ(append(&d.queue[0], 1, 8, 0x11, &where), OK);
	CHECK_EQ(where, at(1));
	CHECK_EQ(append(&d.queue[1], 1, 32, 0x22, &where), OK);
	CHECK_EQ(where, at(1) + 8);
	CHECK(holds(at(1), 8, 0x11));
	CHECK(holds(at(1) + 8, 32, 0x22));
	CHECK(holds(at(1) + 40, ZONE - 40, 0));
	/* Read across the write pointer: what was not written is zero. */
	CHECK_EQ(read_at(at(1) + 39, 2), OK);
	CHECK(d.queue[0].data[511] == 0x22 && !d.queue[0].data[512] && !d.queue[0].data[1023]);
	CHECK_EQ(append(&d.queue[0], 1, 32, 0x33, &where), OK);
	CHECK_EQ(append(&d.queue[0], 1, 32, 0x33, &where), INVALID);
	CHECK_EQ(append(&d.queue[0], 0, 8, 0x33, &where), INVALID);
	CHECK_EQ(command(RESET, at(1)), OK);
	CHECK(holds(at(1), ZONE, 0));
	CHECK_EQ(append(&d.queue[0], 1, 8, 0x44, &where), OK);
	CHECK(holds(at(1), 8, 0x44));
	CHECK(holds(at(1) + 8, ZONE - 8, 0));
	CHECK(holds(at(1) + 16, 8, 0));
	CHECK_EQ(command(FINISH, at(1)), OK);
	CHECK(holds(at(1) + 8, ZONE - 8, 0));
	finish();
}
END_TEST

START_TEST(range_requests)
{
	uint64_t wp;

	start(zoned);
	CHECK_EQ(write_at(at(1), 16, 7), OK);
	CHECK_EQ(ranges(WRITE_ZEROES, at(1), 8), UNALIGNED);
	CHECK_EQ(ranges(WRITE_ZEROES, at(1) + 16, 8), OK);
	CHECK_EQ(state_of(1, &wp), IOPEN);
	CHECK_EQ(wp, at(1) + 24);
	CHECK(holds(at(1), 16, 7));
	CHECK_EQ(write_at(at(2), 8, 7), OK);
	CHECK_EQ(ranges(SECURE_ERASE, at(1), 2 * ZONE), OK);
	CHECK_EQ(state_of(1, NULL), EMPTY);
	CHECK_EQ(state_of(2, NULL), EMPTY);
	CHECK(holds(at(1), ZONE, 0));
	finish();
}
END_TEST

START_TEST(broken_zones)
{
	const char *options[COUNT(zoned) + 4] = { "--order", "offline 2", "--order",
						  "read-only 3" };

	memcpy(options + 4, zoned, sizeof(zoned));
	start(options);
	CHECK_EQ(state_of(2, NULL), OFFLINE);
	CHECK_EQ(read_at(at(2), 8), INVALID);
	CHECK_EQ(command(RESET, at(2)), INVALID);
	CHECK_EQ(state_of(3, NULL), RDONLY);
	CHECK_EQ(write_at(at(3), 8, 1), INVALID);
	CHECK(holds(at(3), 8, 0));
	CHECK_EQ(command(RESET_ALL, 0), OK);
	CHECK_EQ(state_of(3, NULL), RDONLY);
	finish();
}
END_TEST

START_TEST(orders_for_zones)
{
	const char *options[COUNT(zoned) + 2] = { "--order", "fail=5 2 zone" };

	/* The order counts zone requests of every kind, but no other requests. */
	memcpy(options + 2, zoned, sizeof(zoned));
	start(options);
	CHECK_EQ(write_at(at(1), 8, 1), OK);
	CHECK_EQ(command(CLOSE, at(1)), OK);
	CHECK_EQ(read_at(at(1), 8), OK);
	CHECK_EQ(command(RESET, at(1)), OPEN_RESOURCE);
	CHECK_EQ(state_of(1, NULL), CLOSED);
	finish();
}
END_TEST

/* Each of two threads tries TRIED appends in each of ZONES zones; FIT appends fit into a zone. */
#define TRIED 20u
#define FIT   (CAPACITY / GRANULE)
#define ZONES 10u

/*
 * Append, and read the data back from the sector that the device returned. Return the number of
 * successful appends.
 */
static void *appender(void *arg)
{
	struct raw_queue *q = arg;
	uintptr_t fitted = 0;

	for (uint32_t i = 0; i < ZONES * TRIED; i++) {
		struct raw_request r = { .type = IN, .in_bytes = GRANULE * SECTOR };
		int byte = (int)(i % 0x40) + (q == &d.queue[0] ? 0x40 : 0x80);
		uint8_t status = append(q, 1 + i / TRIED, GRANULE, byte, &r.sector);

		CHECK(status == OK || status == INVALID);
		if (status != OK)
			continue;
		fitted++;
		CHECK_EQ(raw_request(q, &r), OK);
		CHECK(q->data[0] == byte && q->data[GRANULE * SECTOR - 1] == byte);
	}
	return (void *)fitted;
}

START_TEST(queue_threads)
{
	const char *options[COUNT(zoned) + 5] = { NULL };
	uintptr_t fitted = 0;
	pthread_t thread[2];

	/* If an option is given twice, the last one counts. */
	memcpy(options, zoned, sizeof(zoned));
	memcpy(options + COUNT(zoned) - 1,
	       (const char *[]){ "--threads", "--max-open-zones", "0", "--max-active-zones", "0" },
	       5 * sizeof(*options));
	start(options);
	for (unsigned int i = 0; i < 2; i++)
		CHECK(!pthread_create(&thread[i], NULL, appender, &d.queue[i]));
	for (unsigned int i = 0; i < 2; i++) {
		void *ret;

		CHECK(!pthread_join(thread[i], &ret));
		fitted += (uintptr_t)ret;
	}
	CHECK_EQ(fitted, ZONES * FIT);
	for (uint32_t zone = 1; zone <= ZONES; zone++)
		CHECK_EQ(state_of(zone, NULL), FULL);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-zoned");
	TCase *tc = unit_tcase(suite, "zoned", setup, teardown);

	tcase_add_test(tc, zone_requests);
	tcase_add_test(tc, appended_data);
	tcase_add_test(tc, range_requests);
	tcase_add_test(tc, broken_zones);
	tcase_add_test(tc, orders_for_zones);
	tcase_add_test(tc, queue_threads);
	return unit_main(suite);
}
