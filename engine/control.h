/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state that the jobs of a device share with the keeper of the device. Each device has one
 * control mapping, which all processes of the run inherit and which no device can access. It holds
 * the control page and the driver's state of every queue, because a queue outlives the process
 * that used it.
 *
 * The connections to a device are numbered by epochs, starting with epoch 0. When the keeper loses
 * a connection, it first increments @epoch of struct control, and then sets the state CONTROL_AWAY.
 * From then on, @epoch is the number of the next connection. A job that has prepared its queue for
 * the next connection sets @ready_epoch of the queue to the same number, after its last store to
 * the ring. The keeper starts the device when every queue that a running job uses is ready for
 * @epoch. Epochs are only compared for equality, so they may wrap around.
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/share.h"
#include "virtq/virtq.h"

/**
 * enum control_state - state of a device
 * @CONTROL_UP: the device is running
 * @CONTROL_AWAY: the connection is gone, and the keeper tries to reconnect
 * @CONTROL_LOST: the device is lost for good; @reason of struct control says why
 * @CONTROL_STOPPED: the keeper has stopped the device, after the last job
 */
enum control_state {
	CONTROL_UP,
	CONTROL_AWAY,
	CONTROL_LOST,
	CONTROL_STOPPED,
};

/**
 * enum control_job_state - state of a job on a device
 * @CONTROL_JOB_ASSIGNED: the job was assigned a queue and has not started
 * @CONTROL_JOB_RUNNING: the job uses its queue
 * @CONTROL_JOB_ENDED: the job does not use its queue any more, or will never start
 */
enum control_job_state {
	CONTROL_JOB_ASSIGNED,
	CONTROL_JOB_RUNNING,
	CONTROL_JOB_ENDED,
};

#define CONTROL_NO_QUEUE UINT32_MAX

/**
 * struct control_job - one job of the run
 * @state: enum control_job_state
 * @pid: process of the job; valid once @state was CONTROL_JOB_RUNNING
 * @queue: number of the queue that the job was assigned, CONTROL_NO_QUEUE = the job does not use
 *	   the device
 * @sharer: number of the job, counted from 0, among the jobs that can use @queue at the same time
 */
struct control_job {
	_Atomic uint32_t state;
	_Atomic pid_t pid;
	uint32_t queue;
	uint32_t sharer;
};

/**
 * struct control_queue - one queue of the device
 * @vq: the driver's state of the ring
 * @state: memory for the arrays that @vq points to
 * @share: state that the jobs of a shared queue have in common, NULL = only one job at a time can
 *	   use the queue
 * @retired: a job ended or was killed with requests outstanding, so no other job may use the queue;
 *	     set before the state of the job becomes CONTROL_JOB_ENDED
 * @ready_epoch: the epoch for which a job last prepared the queue; shared queues have the
 *		 @ready_epoch of each job's struct sharer instead
 * @disabled: the keeper has tried to disable the queue on the device; used by the keeper only
 * @kick_fd: eventfd for available buffer notifications
 * @call_fd: eventfd for used buffer notifications; the keeper and terminate() also write to it, to
 *	     wake a job that sleeps
 */
struct control_queue {
	_Alignas(VIRTQ_CACHE_LINE) struct virtq vq;
	void *state;
	struct queue_share *share;
	_Alignas(VIRTQ_CACHE_LINE) _Atomic uint32_t retired;
	_Atomic uint32_t ready_epoch;
	bool disabled;
	int kick_fd;
	int call_fd;
};

/**
 * struct control - the control page
 * @state: enum control_state; also a futex
 * @epoch: number of the current connection; while the device is away, number of the next connection
 * @unanswered: a job gave up requests that the device did not complete, and has reported this. The
 *		device is not expected to answer messages either, and further errors are not
 *		reported
 * @reported_back_epoch: last epoch for which a job has reported that the back-end is back
 * @reported_away_epoch: last epoch for which a job has reported that the job ended while the
 *			 back-end was away
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated for the current connection; set before the jobs
 *	       start, and for each later connection stored before @state
 * @away_ns: duration of the last absence of the back-end, in nanoseconds; stored before @state
 * @reported: a job has reported that the device is lost, or was not stopped cleanly
 * @reported_stuck_ns: time at which a job last reported that the device does not complete requests,
 *		       in nanoseconds of CLOCK_MONOTONIC
 * @reported_slow_ns: time at which a job last reported that it has waited long for the device and
 *		      continues to wait, in nanoseconds of CLOCK_MONOTONIC
 * @reported_missed: a job has reported that the device did not send a notification
 * @reported_resized: a job has reported that the capacity of the device has changed
 * @size_requests: number of times that jobs have asked for the capacity (resize.c)
 * @size_answered: value of @size_requests that the keeper has last answered
 * @size_bytes: last answer of the keeper: the capacity in bytes, 0 = the device did not report it
 * @reported_long: a job has reported used lengths that are too large
 * @running: number of jobs that have not ended; the job that decrements it to 0 waits until the
 *	     device is stopped
 * @keeper: process of the keeper
 * @reason: why the device is lost; stored before @state
 * @nqueues: number of entries in @queue
 * @njobs: number of entries in @job
 * @queue: the queues of the device
 * @job: the jobs of the run, in job order
 */
struct control {
	_Atomic uint32_t state;
	_Atomic uint32_t epoch;
	_Atomic uint32_t unanswered;
	_Atomic uint32_t reported_back_epoch;
	_Atomic uint32_t reported_away_epoch;
	bool event_idx;
	uint64_t away_ns;
	_Atomic uint32_t reported;
	_Atomic uint64_t reported_stuck_ns;
	_Atomic uint64_t reported_slow_ns;
	_Atomic uint32_t reported_missed;
	_Atomic uint32_t reported_resized;
	_Atomic uint32_t size_requests;
	_Atomic uint32_t size_answered;
	_Atomic uint64_t size_bytes;
	_Atomic uint32_t reported_long;
	_Atomic uint32_t running;
	pid_t keeper;
	char reason[640];
	uint32_t nqueues;
	uint32_t njobs;
	struct control_queue *queue;
	struct control_job *job;
};

/**
 * control_queue_set_ready - mark a queue as prepared for a connection
 * @queue: queue that the calling job uses
 * @epoch: number of the connection
 */
static inline void control_queue_set_ready(struct control_queue *queue, uint32_t epoch)
{
	/* Store to the ring before storing the epoch: pairs with the acquire load in
	 * control_queue_is_ready(). */
	atomic_store_explicit(&queue->ready_epoch, epoch, memory_order_release);
}

/**
 * control_queue_is_ready - return true if a queue is prepared for a connection
 * @queue: queue that a job uses
 * @epoch: number of the connection
 */
static inline bool control_queue_is_ready(const struct control_queue *queue, uint32_t epoch)
{
	/* Load the epoch before reading the ring: pairs with the release store in
	 * control_queue_set_ready(). */
	return atomic_load_explicit(&queue->ready_epoch, memory_order_acquire) == epoch;
}

/* Return true if a running job uses the queue. */
static inline bool control_queue_at_work(const struct control *control, uint32_t index)
{
	const struct control_job *job;

	for (job = control->job; job < control->job + control->njobs; job++)
		if (job->queue == index && atomic_load(&job->state) == CONTROL_JOB_RUNNING)
			return true;
	return false;
}

#endif
