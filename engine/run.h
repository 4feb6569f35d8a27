/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of a run, and the jobs that use them.
 *
 * fio calls setup() for every job before it starts the first job. The first call reads the options
 * of all jobs and finds their devices (run_prepare()). The buffers of a job must be accessible to
 * all devices of the job, so devices that share a job share an arena: they form a group. When
 * setup() is called for the first job of a group, the engine connects to the devices of the group,
 * assigns queues to the jobs, and starts the devices (run_start()).
 *
 * Errors are reported at this time (report.h). If a device cannot be used, one message reports the
 * error, and no job of the device runs. If a job cannot run, one message reports the error for all
 * clones of the job, and the other jobs run without it.
 *
 * After set-up, jobs do not modify the structures in this file, whether they run as threads or as
 * processes. State that changes during the run is in the control pages (control.h).
 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include <pthread.h>
#include <semaphore.h>

#include "engine/control.h"
#include "engine/job_spec.h"

/**
 * struct sharer_layout - memory of one of the jobs that can use a queue at the same time
 * @depth: maximum number of io_us in flight of one job; the maximum of all jobs that have this
 *	   sharer number
 * @buffer_bytes: length of the memory for fio's I/O buffers, in bytes; the maximum of all jobs that
 *		  have this sharer number
 * @command: offset of the memory for zone commands in the arena
 * @data: offset of the memory for fio's I/O buffers in the arena
 *
 * The jobs that can use a queue at the same time have different sharer numbers, from 0. Jobs that
 * cannot run at the same time may have the same sharer number.
 */
struct sharer_layout {
	unsigned int depth;
	unsigned long long buffer_bytes;
	size_t command;
	size_t data;
};

/**
 * struct queue_layout - plan of a queue: ring size, requests and memory
 * @config: properties of the ring and its requests
 * @virtq: offsets of the parts of the queue, relative to @rings
 * @requested_size: vblk_queue_size of the jobs that use the queue, 0 = not set
 * @requested_by: name of the job that set @requested_size
 * @device_max: maximum number of ring entries that the device supports, 0 = not reported
 * @depth: maximum number of io_us in flight on the queue: the sum of @depth in @sharers
 * @trim_segments: maximum number of segments of a trim request
 * @requests: maximum number of requests of one io_u
 * @requested_segments: largest vblk_segments of the jobs that use the queue, 0 = no job uses the
 *			queue
 * @command_bytes: length of the memory for the data of zone commands, in bytes; 0 = the device has
 *		   no zones
 * @nsharers: number of jobs that can use the queue at the same time, at least 1
 * @sharers: @nsharers entries: the memory of each of these jobs, by its sharer number
 * @rings: offset of the ring and the slots in the arena
 * @trim: offset of the segments of trims in the arena; each slot has @trim_segments of them
 * @end: end of the memory of the queue and its jobs in the arena
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
	uint32_t nsharers;
	struct sharer_layout *sharers;
	size_t rings;
	size_t trim;
	size_t end;
};

/**
 * struct queue_assignment - how one job uses one device
 * @uses: the job uses the device
 * @queue: number of the queue that the job was assigned, QUEUE_ANY = none
 * @sharer: sharer number of the job on @queue
 */
struct queue_assignment {
	bool uses;
	int queue;
	int sharer;
};

/**
 * struct vblk_device - a device of the run
 * @path: name of the device in the options of the first job
 * @real: canonical form of @path; two names with the same canonical form are one device
 * @first: first job that uses the device. Options that apply to the whole device are taken from
 *	   this job; all other jobs of the device must have the same values
 * @group: group of the device: all devices that share jobs with it
 * @options: options for the device, such as features that the user requires or forbids
 * @dev: the virtio-blk device; only the keeper uses its connection once the keeper runs
 * @failed: the device is not used, because of an error that has been reported, or because no job
 *	    that uses it is left
 * @notes_on_stderr: a job has vblk_notes=stderr: notes go to standard error if fio's output is
 *		     machine-readable
 * @nqueues: number of queues that the driver creates
 * @ring_max: maximum size of the rings whose size the engine chooses, 0 = no limit
 * @layouts: plans of the queues, @nqueues entries
 * @assignments: queue of each job of the run, in job order
 * @control: control page
 * @control_bytes: length of the control mapping in bytes
 * @vrings: description of the queues for blk_dev_start(), @nqueues entries
 * @attempt: the keeper's attempt to reconnect to the back-end
 * @keeper: thread that owns the connection
 * @keeper_ready: semaphore that the keeper posts when its initialization is finished
 * @keeper_started: the keeper has been started
 * @keeper_fd: eventfd that wakes the keeper
 * @keeper_poll: poll set of the keeper
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
 * struct arena_group - devices that share jobs, and therefore an arena
 * @run: the run that the group belongs to
 * @started: group_start() was called for the group
 * @arena: memory shared with all devices of the group
 */
struct arena_group {
	const struct vblk_run *run;
	bool started;
	struct arena arena;
};

/**
 * struct vblk_run - the jobs and devices of a fio process
 * @all: when each job of the run starts, including jobs of other engines
 * @nall: number of entries in @all
 * @jobs: all jobs with this engine, in job order
 * @njobs: number of entries in @jobs
 * @devices: all devices, in the order in which the jobs name them
 * @ndevices: number of entries in @devices
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
