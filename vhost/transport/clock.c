// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "vhost/transport/clock.h"

/**
 * clock_now_ms - milliseconds of a clock for deadlines, which only moves on
 *
 * Time in which the caller did not run at all (a stopped process, a frozen cgroup, a paused
 * machine) is not held against the device: from one look of a thread at the clock to its next no
 * more than CLOCK_LOOK_MAX_MS pass. A caller that waits has to look more often than that.
 */
int64_t clock_now_ms(void)
{
	static _Thread_local int64_t looked, missed;
	struct timespec ts;
	int64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (now - looked > CLOCK_LOOK_MAX_MS)
		missed += now - looked - CLOCK_LOOK_MAX_MS;
	looked = now;
	return now - missed;
}
