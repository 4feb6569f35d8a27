/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a hybrid wait spins before it sleeps.
 *
 * Spinning is worthwhile if it catches most completions. The job learns the length of the spin from
 * the completions that it caught. If a wait ends after the spin, but takes less time than the
 * longest spin, the spin was too short. If spinning is mostly in vain, the job stops spinning, and
 * tries again at growing intervals: a job that sleeps cannot find out whether it could have caught
 * the completion, because it does not know how long the wake-up took.
 */
#ifndef ENGINE_SPIN_H
#define ENGINE_SPIN_H

#include <stdint.h>

/* Maximum of @trust, so that the job stops spinning after a few spins in vain in a row. */
#define SPIN_TRUST_MAX 8

/**
 * struct spin - state of a job's spinning
 * @max_ns: longest spin in nanoseconds
 * @limit_ns: length of a spin at present in nanoseconds, 0 = sleep at once
 * @typical_ns: moving average of the length of waits that spinning caught, in nanoseconds
 * @trust: recent success of spinning, 0 = spinning has been stopped
 * @rest: number of sleeps until the job tries spinning again
 * @pause: value of @rest the next time that spinning is stopped; grows each time
 */
struct spin {
	uint64_t max_ns;
	uint64_t limit_ns;
	uint64_t typical_ns;
	int trust;
	unsigned int rest;
	unsigned int pause;
};

void spin_init(struct spin *spin, uint64_t max_ns);
void spin_hit(struct spin *spin, uint64_t waited_ns);
void spin_slept(struct spin *spin, uint64_t waited_ns);

#endif
