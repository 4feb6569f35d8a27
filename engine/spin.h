/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a hybrid wait spins before it sleeps.
 *
 * Spinning pays where most completions are met by it. How long is enough is learnt from those that
 * were; a wait that ended after the spin but within the longest one shows that it was too short.
 * Where spinning is mostly in vain it is given up, and tried again ever more rarely: a sleeper
 * can't tell how long before its wake-up the completion was there.
 */
#ifndef ENGINE_SPIN_H
#define ENGINE_SPIN_H

#include <stdint.h>

/* What is believed at most: so many times in vain, less one, are forgiven. */
#define SPIN_TRUST_MAX 8

/**
 * struct spin - what a job knows about spinning
 * @max_ns: longest spin
 * @limit_ns: how long to spin at present, 0 = sleep at once
 * @typical_ns: how long what was met took
 * @trust: how well it went of late, 0 = given up
 * @rest: sleeps until it is tried again
 * @pause: sleeps after the next try in vain
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
