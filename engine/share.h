/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a queue that several jobs share, in the control mapping. This code does not depend
 * on fio; shared_queue.h connects the state to the jobs.
 *
 * A job must hold the queue's lock to access the ring. A job that takes used requests off the ring
 * keeps its own requests, adds the requests of other jobs to the inboxes of their owners (inbox.h),
 * and wakes the owners that sleep. So a job that sleeps, is stopped or is busy does not delay the
 * other jobs. The upper 16 bits of the context of a request are the index of its owner. Only the
 * owner dereferences the pointer in the lower bits.
 *
 * The lock is a robust mutex. If a job is killed while it holds the lock, the ring may be half
 * changed, so the queue fails. If a job is killed at any other time, its requests stay on the ring;
 * their slots become free when another job takes the used requests.
 *
 * If all slots are in use, jobs wait for slots in a FIFO. A job that takes used requests off the
 * ring grants the freed slots to the first jobs of the FIFO, so that fast jobs do not starve slow
 * jobs. Grants that a job does not use within SHARE_GRANT_NS are revoked, and the slots are granted
 * to the next jobs.
 */
#ifndef ENGINE_SHARE_H
#define ENGINE_SHARE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/inbox.h"
#include "virtq/virtq.h"

/* Time in which a job must use the slots that were granted to it. */
#define SHARE_GRANT_NS 100000000ull

/* Maximum number of used requests that one call of share_take() takes off the ring. */
#define SHARE_BATCH 64u

/* First of the 16 bits of a context that hold the index of the owner. These bits are 0 in every
 * user-space address. */
#define SHARE_OWNER_SHIFT 48

/**
 * struct sharer - a job's part of a shared queue
 * @inbox: completions that other jobs took off the ring for this job
 * @outstanding: number of requests of the job that are on the ring
 * @wants: number of slots that the job waits for
 * @granted: number of slots that are granted to the job and not yet used
 * @waiting: the job is in the FIFO of jobs that wait for slots
 * @sleeping: the job sleeps until @wake_fd or the device wakes it
 * @woken: another job has woken the job, or is about to, since the job last went to sleep
 * @away: the job has collected its requests to add them again after a reconnection; completions of
 *	  the previous connection are dropped
 * @gone: the inbox is not read any more, because the job was killed or has given up its requests
 * @ready_epoch: the epoch for which the job last prepared its part of the queue (control.h)
 * @wake_fd: eventfd that wakes the job
 *
 * Accessed under the lock of the queue, except @inbox, @gone and @ready_epoch.
 */
struct sharer {
	struct inbox inbox;
	_Alignas(VIRTQ_CACHE_LINE) uint32_t outstanding;
	uint32_t wants;
	uint32_t granted;
	bool waiting;
	bool sleeping;
	bool woken;
	bool away;
	_Atomic bool gone;
	_Atomic uint32_t ready_epoch;
	int wake_fd;
};

/**
 * struct queue_share - what the jobs of a shared queue have in common
 * @lock: protects the ring, its struct virtq, and this structure
 * @vq: the ring
 * @error: positive errno if the queue has failed, otherwise 0
 * @reported: a job has reported why the queue failed
 * @sleepers: number of jobs that sleep
 * @armed: the device was asked for a used buffer notification
 * @granted: number of slots that are granted and not yet used
 * @granted_ns: time of the last grant, in nanoseconds of CLOCK_MONOTONIC
 * @first: index in @waiting of the first job that waits
 * @nwaiting: number of jobs that wait
 * @signals: number of times that a used buffer notification woke a job
 * @position: virtq_used_position() of the ring; with @position, a job that does not hold the lock
 *	      checks whether the ring holds used requests
 * @nsharers: number of jobs that can use the queue at the same time
 * @sharer: parts of the jobs, @nsharers entries
 * @waiting: FIFO of jobs that wait for slots, as indices into @sharer
 */
struct queue_share {
	_Alignas(VIRTQ_CACHE_LINE) pthread_mutex_t lock;
	struct virtq *vq;
	_Atomic int error;
	_Atomic bool reported;
	uint32_t sleepers;
	bool armed;
	uint32_t granted;
	uint64_t granted_ns;
	uint32_t first;
	uint32_t nwaiting;
	_Atomic uint32_t signals;
	_Atomic uint32_t position;
	uint32_t nsharers;
	struct sharer *sharer;
	uint32_t *waiting;
};

/**
 * struct share_wakes - eventfds to write after the lock is released
 * @n: number of eventfds
 * @fd: the eventfds
 */
struct share_wakes {
	unsigned int n;
	int fd[2 * SHARE_BATCH];
};

size_t share_bytes(uint32_t nsharers, uint32_t slots);
int share_init(struct queue_share *share, struct virtq *vq, uint32_t nsharers, uint32_t slots);
int share_lock(struct queue_share *share);
int share_trylock(struct queue_share *share);
void share_unlock(struct queue_share *share, struct share_wakes *wakes);
void share_fail(struct queue_share *share, int error);
void share_wake_all(struct queue_share *share);
bool share_job_killed(struct queue_share *share, uint32_t sharer);
void **share_take(struct queue_share *share, uint32_t self, void **own, void **end,
		  virtq_on_error on_error, void *arg, struct share_wakes *wakes);
void share_want(struct queue_share *share, struct sharer *self, uint32_t slots);
void share_grant(struct queue_share *share, struct share_wakes *wakes);
void share_revoke(struct queue_share *share, uint64_t now_ns, struct share_wakes *wakes);
bool share_sleep(struct queue_share *share, struct sharer *self);
void share_awake(struct queue_share *share, struct sharer *self);
bool share_rearm(struct queue_share *share);
void share_restarted(struct queue_share *share);

/* Return the context of a request, with the index of its owner. */
static inline void *share_context(uint32_t sharer, void *ctx)
{
	return (void *)((uintptr_t)ctx | (uintptr_t)sharer << SHARE_OWNER_SHIFT);
}

/**
 * share_room - return the number of slots that a job may use now
 * @share: queue, locked by the caller
 * @self: the job's part
 */
static inline uint32_t share_room(const struct queue_share *share, const struct sharer *self)
{
	uint32_t free = share->vq->slots - virtq_outstanding(share->vq);
	uint32_t slots = share->nwaiting ? self->granted : free - share->granted + self->granted;
	/* The inbox must have room for the completion of every request. */
	uint32_t space = inbox_space(&self->inbox) - self->outstanding;

	return slots < space ? slots : space;
}

/* Record that a job adds a request to the ring. */
static inline void share_used(struct queue_share *share, struct sharer *self)
{
	self->outstanding++;
	if (UNLIKELY(self->granted)) {
		self->granted--;
		share->granted--;
	}
}

#endif
