/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a queue that several jobs share, in the control mapping. This part knows nothing of
 * fio; shared_queue.h connects it to the jobs.
 *
 * Whoever accesses the ring holds the queue's lock. A job that takes used requests off the ring
 * keeps its own and hands all others to the inboxes of their owners (inbox.h); it wakes owners that
 * sleep. So a job that sleeps, is stopped or does something else does not hold up the others. The
 * upper 16 bits of a request's context name its owner. Nobody but the owner follows the pointer in
 * the lower bits.
 *
 * The lock is a robust mutex. If a job is killed while it holds the lock, the ring may be half
 * changed, so the queue fails. A job that is killed at any other time only leaves requests behind.
 * Their slots are free again when the device has used them.
 *
 * If all slots are in use, jobs wait for slots in a FIFO. Whoever takes used requests off the ring
 * grants the freed slots to the first jobs of the FIFO, so that fast jobs do not starve slow ones.
 * Grants that a job does not use within SHARE_GRANT_NS go to the next job.
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

/* Maximum number of used requests that are taken off the ring while the lock is held once. */
#define SHARE_BATCH 64u

/* Jobs that can share a queue: the owner of a context has 16 bits. */
#define SHARE_JOBS_MAX 65536u

/* The owner's bits of a context. No user-space address has any of them set. */
#define SHARE_OWNER_SHIFT 48

/**
 * struct sharer - a job's part of a shared queue
 * @inbox: completions that other jobs took off the ring for this job
 * @outstanding: number of requests of the job on the ring
 * @wants: number of slots that the job waits for
 * @granted: number of slots that are granted to the job
 * @waiting: the job is in the FIFO of jobs that wait for slots
 * @sleeping: the job sleeps until @wake_fd or the device wakes it
 * @woken: the job was woken since it went to sleep
 * @away: the job has collected its requests to repeat them on another connection; completions
 *	  of the earlier connection are dropped
 * @gone: nobody reads the inbox any more: the job was killed, or has given up its requests
 * @ready_epoch: the connection for which the job has prepared its part of the queue, see control.h
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
 * @reported: the user has been told why the queue failed
 * @sleepers: number of jobs that sleep
 * @armed: the device was asked for a used buffer notification
 * @granted: number of slots that are granted and not yet used
 * @granted_ns: time of the last grant, by CLOCK_MONOTONIC
 * @first: index in @waiting of the first job that waits
 * @nwaiting: number of jobs that wait
 * @signals: number of times that the device woke a job
 * @position: virtq_used_position() of the ring; a job that does not hold the lock sees by it
 *whether there is something to take
 * @nsharers: number of jobs that can use the queue at the same time
 * @sharer: the jobs' parts
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

/* The context of a request of a sharer. */
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

/* Record that a job put a request on the ring. */
static inline void share_used(struct queue_share *share, struct sharer *self)
{
	self->outstanding++;
	if (UNLIKELY(self->granted)) {
		self->granted--;
		share->granted--;
	}
}

#endif
