/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the jobs of a device and its keeper share: one mapping per device that all processes of the
 * run inherit and no device can reach. It holds the control page and, so that a queue outlives the
 * process that drove it, all of the driver's state of every queue.
 *
 * Connections to a device are numbered by epochs. The first one is epoch 0. When the keeper loses a
 * connection, it counts @epoch of struct control up and only then sets the state to CONTROL_AWAY:
 * @epoch is the number of the connection that is to come now. A job that has put its queue in order
 * for that connection sets the queue's @ready_epoch to the same number, after its last store to the
 * ring. The keeper starts the device when every queue that a job uses is ready for @epoch. All of
 * these are compared for equality only, so that they may wrap.
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "virtq/virtq.h"

/**
 * enum control_state - what has become of a device
 * @CONTROL_UP: running
 * @CONTROL_AWAY: it went away, and the keeper tries to reach it again
 * @CONTROL_LOST: it went away; @reason says how
 * @CONTROL_STOPPED: stopped in order, after the last job
 */
enum control_state {
	CONTROL_UP,
	CONTROL_AWAY,
	CONTROL_LOST,
	CONTROL_STOPPED,
};

/**
 * enum control_job_state - where a job is in its life
 * @CONTROL_JOB_ASSIGNED: has a queue, not started
 * @CONTROL_JOB_RUNNING: uses it
 * @CONTROL_JOB_ENDED: has left it, or never will start
 */
enum control_job_state {
	CONTROL_JOB_ASSIGNED,
	CONTROL_JOB_RUNNING,
	CONTROL_JOB_ENDED,
};

#define CONTROL_NO_QUEUE UINT32_MAX

/**
 * struct control_job - one job that uses the device
 * @state: enum control_job_state
 * @pid: its process, valid from @state RUNNING
 * @queue: the queue it was dealt, CONTROL_NO_QUEUE if it does not use the device
 */
struct control_job {
	_Atomic uint32_t state;
	_Atomic pid_t pid;
	uint32_t queue;
};

/**
 * struct control_queue - one queue of the device
 * @vq: the driver's side of the ring
 * @state: memory for what belongs to it
 * @retired: a job leaves it, or was killed, with requests outstanding; never used again. Said
 * before the job is ENDED
 * @ready_epoch: the epoch that its job last put the queue in order for
 * @disabled: the back-end was told so; the keeper's own
 * @kick_fd: eventfd for available-buffer notifications
 * @call_fd: eventfd for used-buffer notifications; the keeper and terminate() use it too, to wake a
 * sleeper
 */
struct control_queue {
	_Alignas(VIRTQ_CACHE_LINE) struct virtq vq;
	void *state;
	_Alignas(VIRTQ_CACHE_LINE) _Atomic uint32_t retired;
	_Atomic uint32_t ready_epoch;
	bool disabled;
	int kick_fd;
	int call_fd;
};

/**
 * struct control - the control page
 * @state: enum control_state; a futex
 * @epoch: number of the connection, or while the device is away of the next one
 * @event_idx: the connection has VIRTIO_F_EVENT_IDX; of the first one from the start, of another
 *	       written before @state
 * @away_ns: how long it was away the last time; written before @state
 * @unanswered: a job gave up requests that the device left unanswered, and said so: it is not to be
 * expected to answer messages either, and another complaint says nothing new
 * @reported_back_epoch: the last epoch of which somebody has told the user that the back-end is
 *back
 * @reported_away_epoch: the last epoch that a job did not wait for, of which the user was told
 * @reported: somebody has told the user that the device is lost
 * @reported_stuck_ns: when somebody last told the user that it does not answer, by CLOCK_MONOTONIC
 * @reported_slow_ns: when somebody last told the user that it has not answered for long, and waits
 *on
 * @reported_missed: somebody has told the user that it missed a notification
 * @reported_resized: somebody has told the user that its size has changed
 * @size_requests: times that jobs have asked for its size (resize.c)
 * @size_answered: of these, up to which the keeper has answered
 * @size_bytes: its last answer, 0 = the device gave none
 * @reported_long: somebody has told the user of used lengths that are too large
 * @running: jobs that have not ended; the one who takes it to zero waits for the device to be
 * stopped
 * @keeper: process that the keeper lives in
 * @reason: why the device is lost, written before @state
 * @nqueues: queues
 * @njobs: jobs of the run
 * @queue: the queues
 * @job: the jobs, in job order
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
 * control_queue_set_ready - say that a queue is in order for a connection
 * @queue: queue, by the job that uses it
 * @epoch: number of that connection
 */
static inline void control_queue_set_ready(struct control_queue *queue, uint32_t epoch)
{
	/* The ring before its epoch: pairs with the acquire load of control_queue_is_ready(). */
	atomic_store_explicit(&queue->ready_epoch, epoch, memory_order_release);
}

/**
 * control_queue_is_ready - is a queue in order for a connection?
 * @queue: queue that a job uses
 * @epoch: number of that connection
 */
static inline bool control_queue_is_ready(const struct control_queue *queue, uint32_t epoch)
{
	/* The epoch before the ring: pairs with the release store of control_queue_set_ready(). */
	return atomic_load_explicit(&queue->ready_epoch, memory_order_acquire) == epoch;
}

/* Does a job run on a queue? */
static inline bool control_queue_at_work(const struct control *control, uint32_t index)
{
	const struct control_job *job;

	for (job = control->job; job < control->job + control->njobs; job++)
		if (job->queue == index && atomic_load(&job->state) == CONTROL_JOB_RUNNING)
			return true;
	return false;
}

#endif
