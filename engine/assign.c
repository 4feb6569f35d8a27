// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engine/assign.h"

/*
 * Does @later wait, through however many others, for everything of @name? Chains are no longer than
 * there are jobs; fio refuses circles, and the bound holds anyway.
 */
static bool waits_for(const struct assign_job *jobs, size_t later, const char *name)
{
	const char *waitee = jobs[later].wait_for;
	size_t i, steps;

	for (steps = 0; waitee && steps <= later; steps++) {
		const char *next = NULL;

		if (!strcmp(waitee, name))
			return true;
		/* fio wants a waitee to be defined before those who wait. */
		for (i = 0; i < later; i++)
			if (!strcmp(jobs[i].name, waitee) && jobs[i].wait_for)
				next = jobs[i].wait_for;
		waitee = next;
	}
	return false;
}

/* May the job start later than its place in the file says? So it is if it has a delay, or waits for
 * one who has. */
static bool late_start(const struct assign_job *jobs, size_t job)
{
	size_t i;

	if (jobs[job].delayed)
		return true;
	for (i = 0; i < job; i++)
		if (jobs[i].delayed && waits_for(jobs, job, jobs[i].name))
			return true;
	return false;
}

/**
 * jobs_overlap - can two jobs run at the same time?
 * @jobs: every job of the run, in job order
 * @a: one
 * @b: another
 *
 * A stonewall separates what stands before it from itself and what follows, in so far as fio keeps
 * to it: it does not wait for a job whose delay has not passed, and a stonewalled job with a delay
 * holds up only itself.
 */
bool jobs_overlap(const struct assign_job *jobs, size_t a, size_t b)
{
	size_t first = a < b ? a : b, last = a < b ? b : a, i;

	if (waits_for(jobs, last, jobs[first].name))
		return false;
	if (late_start(jobs, first))
		return true;
	for (i = first + 1; i <= last; i++)
		if (jobs[i].stonewall && (!jobs[i].delayed || i == last))
			return false;
	return true;
}

static bool queue_taken(const struct assign_job *jobs, size_t count, size_t job, int queue,
			size_t *by)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i == job || jobs[i].queue != queue || !jobs_overlap(jobs, i, job))
			continue;
		*by = i;
		return true;
	}
	return false;
}

/**
 * assign_queues - give every job that uses a device its queue
 * @jobs: every job of the run, in job order; @queue is set, to QUEUE_ANY for jobs that do not use
 * the device
 * @count: how many
 * @clash_a: set when two pinned jobs that can run at the same time want one queue: the first
 * @clash_b: the second
 *
 * Pinned jobs first; then each job in turn gets the lowest queue that no job which can run beside
 * it has. Returns the number of queues this takes, or -1 for a clash.
 */
int assign_queues(struct assign_job *jobs, size_t count, size_t *clash_a, size_t *clash_b)
{
	int queues = 0;
	size_t i;

	for (i = 0; i < count; i++)
		jobs[i].queue = QUEUE_ANY;
	for (i = 0; i < count; i++) {
		if (!jobs[i].uses || jobs[i].pin == QUEUE_ANY)
			continue;
		if (queue_taken(jobs, count, i, jobs[i].pin, clash_a)) {
			*clash_b = i;
			return -1;
		}
		jobs[i].queue = jobs[i].pin;
	}
	for (i = 0; i < count; i++) {
		size_t by;
		int queue = 0;

		if (!jobs[i].uses)
			continue;
		if (jobs[i].queue == QUEUE_ANY) {
			while (queue_taken(jobs, count, i, queue, &by))
				queue++;
			jobs[i].queue = queue;
		}
		if (jobs[i].queue >= queues)
			queues = jobs[i].queue + 1;
	}
	return queues;
}
