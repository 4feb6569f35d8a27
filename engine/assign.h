/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which job uses which queue of a device: dealt before the jobs start, in job order, so that the
 * same job file always gives the same job the same queue. Knows nothing of fio; engine/job_spec.c
 * tells it what matters of a job.
 */
#ifndef ENGINE_ASSIGN_H
#define ENGINE_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#define QUEUE_ANY (-1)

/**
 * struct assign_job - when a job runs, and the queue it gets
 * @name: section name, which wait_for refers to; jobs of one section share it
 * @wait_for: the section it waits for, or NULL
 * @stonewall: starts only when nothing else runs
 * @delayed: does not start at once (startdelay)
 * @uses: it uses the device in question at all
 * @pin: queue it must have, or QUEUE_ANY
 * @queue: the queue it has, set by assign_queues()
 */
struct assign_job {
	const char *name;
	const char *wait_for;
	bool stonewall;
	bool delayed;
	bool uses;
	int pin;
	int queue;
};

bool jobs_overlap(const struct assign_job *jobs, size_t a, size_t b);
int assign_queues(struct assign_job *jobs, size_t count, size_t *clash_a, size_t *clash_b);

#endif
