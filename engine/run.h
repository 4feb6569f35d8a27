/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of a run and the jobs that use them.
 *
 * fio calls setup() for every job before it starts the first: the first call reads all jobs
 * (run_prepare()), finds the devices, and deals out queues. Devices that share a job share an arena
 * too, since that job's buffers must be within reach of all of them: they form a group, and a group
 * is connected and started when the first of its jobs asks for it (run_start()). What is wrong is
 * said then (report.h): with a device once, and none of its jobs runs; with a job once for all of
 * its clones, and the others go on without it.
 *
 * After that everything here is read-only, in the process that made it and in those it forks, but
 * for the control pages (control.h).
 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include <pthread.h>
#include <semaphore.h>

#include "engine/control.h"
#include "engine/job_spec.h"

/**
 * struct queue_layout - a queue before it exists
 * @config: the ring and its requests
 * @virtq: where its parts lie
 * @requested_size: ring size a job asked for, 0 = none
 * @requested_by: that job
 * @device_max: most ring entries that the device says it takes, 0 = it does not say
 * @depth: most requests in flight of any job
 * @trim_segments: segments a trim's request may have
 * @requests: requests that an io_u may take
 * @requested_segments: data descriptors that a job asked for
 * @command_bytes: memory for the data of commands
 * @buffer_bytes: data memory of the largest job
 * @rings: offset of the rings and slots in the arena
 * @trim: offset of the segments of trims, @trim_segments of them a slot
 * @command: offset of the memory for commands
 * @data: offset of the data memory
 */
struct queue_layout {
	struct virtq_config config;
	struct virtq_layout virtq;
	unsigned int requested_size;
	const char *requested_by;
	uint32_t device_max;
	unsigned int depth;
	unsigned int trim_segments;
	uint64_t requests;
	unsigned int requested_segments;
	uint32_t command_bytes;
	unsigned long long buffer_bytes;
	size_t rings;
	size_t trim;
	size_t command;
	size_t data;
};

/**
 * struct queue_assignment - what a job has to do with a device
 * @uses: it uses it
 * @queue: the queue it was dealt
 */
struct queue_assignment {
	bool uses;
	int queue;
};

/**
 * struct vblk_device - a device of the run
 * @path: as the first job names it
 * @real: the same in canonical form, what devices are told apart by
 * @first: a job that uses it, whose device-wide options count; all others must agree
 * @group: devices it shares jobs with
 * @options: features the user requires or forbids
 * @dev: the device itself; the keeper's once it runs
 * @failed: it can't be used, and the user was told why
 * @notes_on_stderr: a job wants notes about it there, beside a machine-readable report
 * @nqueues: queues created
 * @ring_max: largest ring of a size that is ours to choose, 0 = any
 * @layouts: their layouts
 * @assignments: the queue of every job of the run, QUEUE_ANY for those that do not use it
 * @control: control page
 * @control_bytes: size of that mapping
 * @vrings: the same as blk_dev_start() wants them
 * @attempt: the keeper's way back to a back-end that went away
 * @keeper: thread that owns the connection
 * @keeper_ready: posted when it is at work
 * @keeper_started: there is one
 * @keeper_fd: eventfd that wakes it
 * @keeper_poll: memory of its poll set
 */
struct vblk_device {
	char *path;
	char *real;
	const struct job_spec *first;
	struct arena_group *group;
	struct blk_dev_options options;
	struct blk_dev dev;
	bool failed;
	bool notes_on_stderr;
	uint32_t nqueues;
	uint32_t ring_max;
	struct queue_layout *layouts;
	struct queue_assignment *assignments;
	struct control *control;
	size_t control_bytes;
	struct transport_queue *vrings;
	struct reconnect *attempt;
	pthread_t keeper;
	sem_t keeper_ready;
	bool keeper_started;
	int keeper_fd;
	struct pollfd *keeper_poll;
};

/**
 * struct arena_group - devices that share jobs, and so memory
 * @run: the run that they are part of
 * @started: an attempt was made
 * @arena: the memory
 */
struct arena_group {
	const struct vblk_run *run;
	bool started;
	struct arena arena;
};

/**
 * struct vblk_run - everything
 * @all: when each job runs, whatever its engine
 * @nall: how many
 * @jobs: all jobs with this engine, in job order
 * @njobs: how many
 * @devices: all devices, in the order they are named
 * @ndevices: how many
 */
struct vblk_run {
	struct assign_job *all;
	size_t nall;
	struct job_spec *jobs;
	size_t njobs;
	struct vblk_device **devices;
	size_t ndevices;
};

const struct vblk_run *run_get(void);
int run_start(struct thread_data *td);
const struct job_spec *run_job(const struct thread_data *td, size_t *index);
struct vblk_device *run_device(const char *name);
int run_job_ended(struct vblk_device *device, size_t job);

#endif
