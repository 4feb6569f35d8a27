// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "vhost/transport/clock.h"

/**
 * clock_now_ms - return the time of a monotonic clock for deadlines, in milliseconds
 *
 * The device must not miss a deadline because the caller did not run (a stopped process, a frozen
 * cgroup, a paused machine). Therefore the clock advances by at most CLOCK_STEP_MAX_MS between two
 * calls in the same thread. A caller that waits for a deadline must call the function more often
 * than that.
 */
int64_t clock_now_ms(void)
{
	static _Thread_local int64_t last, skipped;
	struct timespec ts;
	int64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (now - last > CLOCK_STEP_MAX_MS)
		skipped += now - last - CLOCK_STEP_MAX_MS;
	last = now;
	return now - skipped;
}
