// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "engine/assign.h"

/*
 * Return true if the job @later waits for all jobs with the name @name, directly or through other
 * jobs. The limit of steps ends the loop even if jobs wait for each other in a circle, which fio
 * refuses.
 */
static bool waits_for(const struct assign_job *jobs, size_t later, const char *name)
{
	const char *waitee = jobs[later].wait_for;
	size_t i, steps;

	for (steps = 0; waitee && steps <= later; steps++) {
		const char *next = NULL;

		if (!strcmp(waitee, name))
			return true;
		/* fio requires that a job is defined before the jobs that wait for it. */
		for (i = 0; i < later; i++)
			if (!strcmp(jobs[i].name, waitee) && jobs[i].wait_for)
				next = jobs[i].wait_for;
		waitee = next;
	}
	return false;
}

/* Return true if jobs that come later in the file may start before the job, because the job has a
 * start delay or waits for a job with a start delay. */
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
 * jobs_overlap - return true if two jobs can run at the same time
 * @jobs: all jobs of the run, in job order
 * @a: index of one job
 * @b: index of the other job
 *
 * A job with stonewall, and all jobs after it, start when the jobs before it have ended. There are
 * two exceptions in fio: a stonewall does not wait for a job whose start delay has not passed, and
 * a stonewall job that has a start delay itself does not delay the jobs after it.
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

/* Return true if a job that can run at the same time as @job has the queue. Set @by to the index of
 * that job. */
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
 * assign_queues - assign a queue to each job that uses a device
 * @jobs: all jobs of the run, in job order; the function sets their @queue, to QUEUE_ANY for jobs
 *	that do not use the device
 * @count: number of entries in @jobs
 * @clash_a: in case of a clash, set to the index of the first of the two jobs
 * @clash_b: in case of a clash, set to the index of the second of the two jobs
 *
 * Jobs with a @pin get that queue. Then each of the other jobs, in job order, gets the lowest queue
 * that no job running at the same time can have. Returns the number of queues needed, or -1 if two
 * jobs that can run at the same time clash, because they have the same @pin.
 */
int assign_queues(struct assign_job *jobs, size_t count, size_t *clash_a, size_t *clash_b)
{
	int queues = 0;
	size_t i;

	for (i = 0; i < count; i++)
		jobs[i].queue = QUEUE_ANY, jobs[i].sharer = 0;
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

/* Return the lowest sharer number that is free for @job: jobs that use the same queue at the same
 * time have different sharer numbers. */
static int free_sharer(const struct assign_job *jobs, size_t count, size_t job)
{
	int sharer = 0;
	size_t i;

	for (i = 0; i < count;) {
		if (i != job && jobs[i].queue == jobs[job].queue && jobs[i].sharer == sharer &&
		    jobs_overlap(jobs, i, job)) {
			sharer++;
			i = 0;
		} else {
			i++;
		}
	}
	return sharer;
}

/* Return the queue that has the fewest jobs that can run at the same time as @job. @load is memory
 * for one counter for each queue. */
static int emptiest_queue(const struct assign_job *jobs, size_t count, size_t job, size_t *load,
			  int queues)
{
	int queue, best = 0;
	size_t i;

	memset(load, 0, (size_t)queues * sizeof(*load));
	for (i = 0; i < count; i++)
		if (i != job && jobs[i].queue >= 0 && jobs[i].queue < queues &&
		    jobs_overlap(jobs, i, job))
			load[jobs[i].queue]++;
	for (queue = 1; queue < queues; queue++)
		if (load[queue] < load[best])
			best = queue;
	return best;
}

/**
 * assign_shared_queues - assign a queue, which may be shared, to each job that uses a device
 * @jobs: all jobs of the run, in job order; the function sets their @queue and @sharer
 * @count: number of entries in @jobs
 * @queues: number of available queues; every @pin must be less
 *
 * Jobs with a @pin get that queue. Then each of the other jobs, in job order, gets the queue with
 * the fewest jobs that can run at the same time as the job; of several such queues, the lowest one.
 * Returns the number of queues used, or -1 if out of memory.
 */
int assign_shared_queues(struct assign_job *jobs, size_t count, int queues)
{
	size_t *load = calloc((size_t)queues, sizeof(*load)), i;
	int used = 0, pass;

	if (!load)
		return -1;
	for (i = 0; i < count; i++)
		jobs[i].queue = QUEUE_ANY, jobs[i].sharer = -1;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < count; i++) {
			if (!jobs[i].uses || (jobs[i].pin == QUEUE_ANY) != pass)
				continue;
			jobs[i].queue =
				pass ? emptiest_queue(jobs, count, i, load, queues) : jobs[i].pin;
			jobs[i].sharer = free_sharer(jobs, count, i);
			if (jobs[i].queue >= used)
				used = jobs[i].queue + 1;
		}
	}
	free(load);
	return used;
}
