/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assignment of a device's queues to jobs. Queues are assigned before the jobs start, in job order,
 * so that the same job file always gives the same job the same queue. This code does not depend on
 * fio; job_spec_schedule() and device_queues_assign() provide the properties of the jobs.
 */
#ifndef ENGINE_ASSIGN_H
#define ENGINE_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#define QUEUE_ANY (-1)

/**
 * struct assign_job - when a job runs, and the queue that the job is assigned
 * @name: name of the job section, which wait_for= refers to; all clones of the job have this name
 * @wait_for: name of the section that the job waits for (wait_for=), or NULL
 * @stonewall: the job starts after all earlier jobs have ended (stonewall)
 * @delayed: the job starts after a delay (startdelay=)
 * @uses: the job uses the device
 * @pin: queue that the job must use (vblk_queue=), or QUEUE_ANY
 * @queue: queue that the job was assigned, or QUEUE_ANY; set by assign_queues() or
 *	   assign_shared_queues()
 * @sharer: number of the job, counted from 0, among the jobs that can use @queue at the same time
 */
struct assign_job {
	const char *name;
	const char *wait_for;
	bool stonewall;
	bool delayed;
	bool uses;
	int pin;
	int queue;
	int sharer;
};

bool jobs_overlap(const struct assign_job *jobs, size_t a, size_t b);
int assign_shared_queues(struct assign_job *jobs, size_t count, int queues);
int assign_queues(struct assign_job *jobs, size_t count, size_t *clash_a, size_t *clash_b);

#endif
