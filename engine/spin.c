// SPDX-License-Identifier: GPL-2.0-only
#include "engine/spin.h"

/* A sleep costs about as much, so that to spin for less before it saves nothing. */
#define SLEEP_COST_NS 20000

/* What is met takes no longer than this, but for a few. */
#define LIMIT(typical_ns) (4 * (typical_ns) + SLEEP_COST_NS)

/* A completion met is worth half of what one missed costs: two of three are to be met. */
#define MET    1
#define MISSED 2

/* Sleeps between two tries: at first, and in the end. */
#define PAUSE_MIN 16u
#define PAUSE_MAX 1024u

static void set_limit(struct spin *spin, uint64_t limit_ns)
{
	spin->limit_ns = limit_ns < spin->max_ns ? limit_ns : spin->max_ns;
}

/**
 * spin_init - begin with the longest spin
 * @spin: filled in
 * @max_ns: longest spin, in nanoseconds; 0 = none
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
 * spin_hit - what was waited for came while the job was spinning
 * @spin: what it knows
 * @waited_ns: how long that took
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

/* It was not worth it, once more. */
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
 * spin_slept - the job had to sleep
 * @spin: what it knows
 * @waited_ns: how long the wait was in all
 */
void spin_slept(struct spin *spin, uint64_t waited_ns)
{
	if (waited_ns <= spin->max_ns) {
		/* Spinning on would have met it. */
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
