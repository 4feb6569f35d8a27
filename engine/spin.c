// SPDX-License-Identifier: GPL-2.0-only
#include "engine/spin.h"

/* Approximate cost of a sleep. Spinning for less than this time saves nothing. */
#define SLEEP_COST_NS 20000

/* Spin limit for a typical waiting time. Few of the waits that spinning can catch take longer. */
#define LIMIT(typical_ns) (4 * (typical_ns) + SLEEP_COST_NS)

/* Changes of @trust after a spin that caught a completion, and after a spin in vain. The trust does
 * not fall as long as at least two of three spins catch a completion. */
#define MET    1
#define MISSED 2

/* Number of sleeps before the job tries spinning again: the first time, and at most. */
#define PAUSE_MIN 16u
#define PAUSE_MAX 1024u

static void set_limit(struct spin *spin, uint64_t limit_ns)
{
	spin->limit_ns = limit_ns < spin->max_ns ? limit_ns : spin->max_ns;
}

/**
 * spin_init - initialize, starting with the longest spin
 * @spin: filled in
 * @max_ns: longest spin, in nanoseconds; 0 = never spin
 */
void spin_init(struct spin *spin, uint64_t max_ns)
{
	*spin = (struct spin){
		.max_ns = max_ns,
		.limit_ns = max_ns,
		.typical_ns = max_ns,
		.trust = SPIN_TRUST_MAX,
		.pause = PAUSE_MIN,
	};
}

/**
 * spin_hit - learn from a wait that ended while the job was spinning
 * @spin: state of the job's spinning
 * @waited_ns: length of the wait in nanoseconds
 */
void spin_hit(struct spin *spin, uint64_t waited_ns)
{
	spin->trust += MET;
	if (spin->trust > SPIN_TRUST_MAX)
		spin->trust = SPIN_TRUST_MAX;
	spin->pause = PAUSE_MIN;
	spin->typical_ns -= spin->typical_ns / 8;
	spin->typical_ns += waited_ns / 8;
	set_limit(spin, LIMIT(spin->typical_ns));
}

/* The job has spun in vain. Stop spinning for a while if that has happened too often. */
static void missed(struct spin *spin)
{
	spin->trust -= MISSED;
	if (spin->trust > 0)
		return;
	spin->trust = 0;
	spin->limit_ns = 0;
	spin->rest = spin->pause;
	if (spin->pause < PAUSE_MAX)
		spin->pause *= 2;
}

/**
 * spin_slept - learn from a wait in which the job had to sleep
 * @spin: state of the job's spinning
 * @waited_ns: length of the whole wait in nanoseconds
 */
void spin_slept(struct spin *spin, uint64_t waited_ns)
{
	if (waited_ns <= spin->max_ns) {
		/* A longer spin would have caught the completion. */
		if (spin->typical_ns < waited_ns)
			spin->typical_ns = waited_ns;
		if (!spin->trust)
			spin->trust = MISSED;
		set_limit(spin, LIMIT(spin->typical_ns));
	} else if (spin->limit_ns) {
		missed(spin);
	} else if (spin->max_ns && !--spin->rest) {
		spin->trust = MISSED;
		spin->limit_ns = spin->max_ns;
	}
}
