// SPDX-License-Identifier: GPL-2.0-only
// sanitizers: no (too slow with them)
/*
 * Virtqueues of both layouts: driver and device run at the same time, and neither may miss an event
 * of the other.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "t/unit/virtq-rig.h"

/* A meeting point of two threads, which spin unless they have to share a CPU. */
static struct meeting {
	atomic_uint arrived[2];
	atomic_bool over;
} meeting;

static bool meet(int me, unsigned int round)
{
	unsigned int spins = 0;

	atomic_store(&meeting.arrived[me], round);
	while (atomic_load(&meeting.arrived[!me]) < round) {
		if (atomic_load(&meeting.over))
			return false;
		if (++spins > 2000)
			sched_yield();
	}
	return true;
}

/* Delay one side by a few cycles, so that the two sides' stores and loads race. */
static void stagger(unsigned int n)
{
	for (volatile unsigned int i = 0; i < n; i++)
		;
}

static bool device_found; /* the device found new work, or that it must send a notification */
static bool device_waits; /* the device enables notifications; otherwise it uses a request */

static void *device_thread(void *arg)
{
	(void)arg;
	for (unsigned int round = 1;; round++) {
		if (!meet(1, 3 * round - 2))
			return NULL;
		/*
		 * Load the driver's memory into this CPU's cache too, so that the driver's next
		 * store to this memory takes longer.
		 */
		devring_available(&r.ring);
		if (!meet(1, 3 * round - 1))
			return NULL;
		stagger(round / 64 % 64);
		if (device_waits) {
			device_found = devring_want_kicks(&r.ring, true);
		} else {
			devring_flush(&r.ring);
			device_found = devring_must_signal(&r.ring);
		}
		if (!meet(1, 3 * round))
			return NULL;
	}
}

/* Return the number of rounds in which both sides would have slept although there was work. */
static unsigned int race(bool waits, int kind)
{
	unsigned int lost = 0, round;
	struct timespec begin, now;
	pthread_t thread;

	start_at(config(kind, 8, 1), 65000);
	device_waits = waits;
	CHECK_EQ(pthread_create(&thread, NULL, device_thread, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (round = 1; round <= 100000; round++) {
		bool driver_found;

		add(0, false);
		if (waits) {
			devring_want_kicks(&r.ring, false);
		} else {
			virtq_publish(&r.vq);
			CHECK(pop());
			push(0);
		}
		meet(0, 3 * round - 2);
		meet(0, 3 * round - 1);
		stagger(round % 64);
		driver_found = waits ? virtq_publish(&r.vq) : virtq_arm(&r.vq, 1);
		meet(0, 3 * round);
		lost += !driver_found && !device_found;

		virtq_disarm(&r.vq);
		if (waits) {
			CHECK(pop());
			push(0);
			devring_flush(&r.ring);
			devring_must_signal(&r.ring);
		}
		r.visible = r.pushed.n;
		CHECK_EQ(take_all(), 1);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - begin.tv_sec >= 2)
			break;
	}
	atomic_store(&meeting.over, true);
	pthread_join(thread, NULL);
	return lost;
}

static const int race_kinds[] = { 0, EVENT_IDX, PACKED, PACKED | EVENT_IDX };

START_TEST(SPLIT_4_PACK_7_request_and_devices_wish_never_miss_each_other)
{
	CHECK_EQ(race(true, race_kinds[_i]), 0);
}
END_TEST

START_TEST(SPLIT_6_PACK_7_used_request_and_drivers_wish_never_miss_each_other)
{
	CHECK_EQ(race(false, race_kinds[_i]), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("virtq races");
	TCase *tc = rig_tcase(suite, "threads");

	tcase_add_loop_test(tc, SPLIT_4_PACK_7_request_and_devices_wish_never_miss_each_other, 0,
			    COUNT(race_kinds));
	tcase_add_loop_test(tc, SPLIT_6_PACK_7_used_request_and_drivers_wish_never_miss_each_other,
			    0, COUNT(race_kinds));
	return unit_main(suite);
}
