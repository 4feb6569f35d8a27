// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "engine/share.h"
#include "virtq/virtq_ops.h"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Return the number of entries of an inbox for a queue with @slots slots. */
static uint32_t inbox_entries(uint32_t slots)
{
	uint32_t entries = 1;

	while (entries < slots)
		entries <<= 1;
	return entries;
}

/**
 * share_bytes - return the size of the state of a shared queue
 * @nsharers: number of jobs that can use the queue at the same time
 * @slots: number of slots of the queue
 */
size_t share_bytes(uint32_t nsharers, uint32_t slots)
{
	size_t bytes = sizeof(struct queue_share) + nsharers * sizeof(struct sharer);

	bytes += nsharers * inbox_entries(slots) * sizeof(struct inbox_entry);
	return bytes + nsharers * sizeof(uint32_t);
}

/**
 * share_init - initialize the state of a shared queue
 * @share: share_bytes() of zeroed memory, aligned to a cache line; the caller sets each sharer's
 *	   @wake_fd
 * @vq: the ring, which need not be initialized yet
 * @nsharers: number of jobs that can use the queue at the same time
 * @slots: maximum number of slots of the queue
 *
 * Returns 0 or a negative errno.
 */
int share_init(struct queue_share *share, struct virtq *vq, uint32_t nsharers, uint32_t slots)
{
	uint32_t entries = inbox_entries(slots), i;
	struct inbox_entry *entry;
	pthread_mutexattr_t attr;
	int ret;

	share->vq = vq;
	share->nsharers = nsharers;
	share->sharer = (struct sharer *)(share + 1);
	entry = (struct inbox_entry *)(share->sharer + nsharers);
	share->waiting = (uint32_t *)(entry + (size_t)nsharers * entries);
	for (i = 0; i < nsharers; i++) {
		share->sharer[i].inbox.mask = entries - 1;
		share->sharer[i].inbox.entry = entry + (size_t)i * entries;
	}
	ret = pthread_mutexattr_init(&attr);
	if (ret)
		return -ret;
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	ret = pthread_mutex_init(&share->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return -ret;
}

/* Handle the result @ret of locking the mutex. Return 0, or a positive errno; the lock is then not
 * held. */
static int locked(struct queue_share *share, int ret)
{
	if (UNLIKELY(ret == EOWNERDEAD)) {
		pthread_mutex_consistent(&share->lock);
		share_fail(share, EOWNERDEAD);
	} else if (UNLIKELY(ret)) {
		return ret;
	}
	if (LIKELY(!share->error))
		return 0;
	ret = share->error;
	pthread_mutex_unlock(&share->lock);
	return ret;
}

/**
 * share_lock - take the lock of a shared queue
 * @share: queue
 *
 * Returns 0, or the positive errno with which the queue has failed: EOWNERDEAD if a job was killed
 * while it held the lock. The lock is held only if 0 is returned.
 */
int share_lock(struct queue_share *share)
{
	return locked(share, pthread_mutex_lock(&share->lock));
}

/**
 * share_trylock - take the lock of a shared queue if it is free
 * @share: queue
 *
 * Returns like share_lock(), or EBUSY if another job holds the lock.
 */
int share_trylock(struct queue_share *share)
{
	return locked(share, pthread_mutex_trylock(&share->lock));
}

static void wake(int fd)
{
	uint64_t one = 1;

	/* The write fails only if the counter is full, which also wakes the job. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

/**
 * share_unlock - release the lock, then wake jobs
 * @share: queue, locked by the caller
 * @wakes: eventfds of the jobs to wake; empty afterwards
 */
void share_unlock(struct queue_share *share, struct share_wakes *wakes)
{
	unsigned int i;

	pthread_mutex_unlock(&share->lock);
	for (i = 0; i < wakes->n; i++)
		wake(wakes->fd[i]);
	wakes->n = 0;
}

/**
 * share_wake_all - wake all jobs of a shared queue
 * @share: queue
 */
void share_wake_all(struct queue_share *share)
{
	uint32_t i;

	for (i = 0; i < share->nsharers; i++)
		wake(share->sharer[i].wake_fd);
}

/**
 * share_fail - fail a shared queue for all of its jobs, and wake the jobs
 * @share: queue, locked by the caller
 * @error: positive errno
 */
void share_fail(struct queue_share *share, int error)
{
	share->error = error;
	share_wake_all(share);
}

/**
 * share_job_killed - record that a job was killed
 * @share: queue
 * @sharer: index of the job's part
 *
 * Does not wait for the lock. Returns true if the queue has failed, for example because the job
 * held the lock when it was killed.
 */
bool share_job_killed(struct queue_share *share, uint32_t sharer)
{
	struct share_wakes wakes = { .n = 0 };

	atomic_store(&share->sharer[sharer].gone, true);
	if (!share_trylock(share))
		share_unlock(share, &wakes);
	return share->error;
}

/* Wake a sleeping job that got a completion or a grant, when the lock is released. */
static void wake_later(struct sharer *sharer, struct share_wakes *wakes)
{
	/* One wake-up is enough until the job sleeps again. */
	if (!sharer->sleeping || sharer->woken)
		return;
	sharer->woken = true;
	wakes->fd[wakes->n++] = sharer->wake_fd;
}

/* Add a completion to the inbox of its owner. */
static void deliver(struct sharer *owner, void *ctx, unsigned char status,
		    struct share_wakes *wakes)
{
	if (owner->away || atomic_load_explicit(&owner->gone, memory_order_relaxed))
		return;
	inbox_add(&owner->inbox, ctx, status);
	wake_later(owner, wakes);
}

/**
 * struct failed - requests of a batch whose status is not VIRTIO_BLK_S_OK
 * @n: number of requests
 * @ctx: contexts of these requests, in the order of the batch
 * @status: status bytes of these requests
 */
struct failed {
	unsigned int n;
	void *ctx[SHARE_BATCH];
	unsigned char status[SHARE_BATCH];
};

static void note_failed(void *arg, void *ctx, unsigned char status)
{
	struct failed *failed = arg;

	failed->ctx[failed->n] = ctx;
	failed->status[failed->n++] = status;
}

/**
 * share_take - take used requests off the ring of a shared queue
 * @share: queue, locked by the caller
 * @self: index of the calling job's part
 * @own: array to fill with the contexts of the caller's own requests
 * @end: end of @own; if @own is full, the caller's other requests go to its inbox
 * @on_error: called for requests in @own whose status is not VIRTIO_BLK_S_OK
 * @arg: argument for @on_error
 * @wakes: the eventfds of owners that sleep are appended
 *
 * Takes SHARE_BATCH requests at most; the requests of other jobs go to the inboxes of these jobs.
 * Returns the end of the filled part of @own. If the device wrote an invalid value, @fault of the
 * ring is set.
 */
void **share_take(struct queue_share *share, uint32_t self, void **own, void **end,
		  virtq_on_error on_error, void *arg, struct share_wakes *wakes)
{
	void *done[SHARE_BATCH], **last, **ctx;
	struct failed failed = { .n = 0 };
	unsigned int next_failed = 0;

	last = virtq_take(share->vq, done, done + SHARE_BATCH, note_failed, &failed);
	atomic_store_explicit(&share->position, virtq_used_position(share->vq),
			      memory_order_relaxed);
	for (ctx = done; ctx != last; ctx++) {
		uint32_t index = (uint32_t)((uintptr_t)*ctx >> SHARE_OWNER_SHIFT);
		void *untagged =
			(void *)((uintptr_t)*ctx & (((uintptr_t)1 << SHARE_OWNER_SHIFT) - 1));
		struct sharer *owner = &share->sharer[index];
		unsigned char status = 0;

		if (UNLIKELY(next_failed < failed.n && failed.ctx[next_failed] == *ctx))
			status = failed.status[next_failed++];
		owner->outstanding--;
		if (LIKELY(index == self && own != end)) {
			*own++ = untagged;
			if (UNLIKELY(status))
				on_error(arg, untagged, status);
		} else {
			deliver(owner, untagged, status, wakes);
		}
	}
	return own;
}

/**
 * share_want - set the number of slots that a job waits for
 * @share: queue, locked by the caller
 * @self: the job's part
 * @slots: number of requests that wait for a slot; 0 = the job gives back its unused grants
 */
void share_want(struct queue_share *share, struct sharer *self, uint32_t slots)
{
	uint32_t at;

	self->wants = slots;
	if (!slots) {
		share->granted -= self->granted;
		self->granted = 0;
		return;
	}
	if (self->waiting || self->granted)
		return;
	at = (share->first + share->nwaiting) % share->nsharers;
	share->waiting[at] = (uint32_t)(self - share->sharer);
	share->nwaiting++;
	self->waiting = true;
}

/**
 * share_grant - grant free slots to the jobs that have waited longest
 * @share: queue, locked by the caller
 * @wakes: the eventfds of those of these jobs that sleep are appended
 */
void share_grant(struct queue_share *share, struct share_wakes *wakes)
{
	uint32_t free = share->vq->slots - virtq_outstanding(share->vq) - share->granted;
	bool any = false;

	while (free && share->nwaiting && wakes->n < 2 * SHARE_BATCH) {
		struct sharer *first = &share->sharer[share->waiting[share->first]];
		uint32_t slots = free / share->nwaiting;

		share->first = (share->first + 1) % share->nsharers;
		share->nwaiting--;
		first->waiting = false;
		if (!first->wants || atomic_load_explicit(&first->gone, memory_order_relaxed))
			continue;
		if (slots > first->wants)
			slots = first->wants;
		if (!slots)
			slots = 1;
		first->granted += slots;
		share->granted += slots;
		free -= slots;
		any = true;
		wake_later(first, wakes);
	}
	if (any)
		share->granted_ns = now_ns();
}

/**
 * share_revoke - grant slots to other jobs if the last grants have not been used for SHARE_GRANT_NS
 * @share: queue, locked by the caller
 * @now_ns: current time, in nanoseconds of CLOCK_MONOTONIC
 * @wakes: the eventfds of sleeping jobs that get the slots are appended
 */
void share_revoke(struct queue_share *share, uint64_t now_ns, struct share_wakes *wakes)
{
	uint32_t i;

	if (!share->granted || now_ns - share->granted_ns < SHARE_GRANT_NS)
		return;
	for (i = 0; i < share->nsharers; i++)
		share->sharer[i].granted = 0;
	share->granted = 0;
	share_grant(share, wakes);
}

/**
 * share_sleep - announce that a job is about to sleep
 * @share: queue, locked by the caller
 * @self: the job's part
 *
 * Returns false if the job must not sleep: its inbox holds a completion, slots are granted to it,
 * or the ring holds used requests.
 */
bool share_sleep(struct queue_share *share, struct sharer *self)
{
	if (inbox_has(&self->inbox) || self->granted)
		return false;
	share->armed = true;
	if (virtq_arm(share->vq, 1))
		return false;
	self->sleeping = true;
	self->woken = false;
	share->sleepers++;
	return true;
}

/**
 * share_awake - announce that a job does not sleep any more
 * @share: queue, locked by the caller
 * @self: the job's part
 */
void share_awake(struct queue_share *share, struct sharer *self)
{
	if (!self->sleeping)
		return;
	self->sleeping = false;
	share->sleepers--;
}

/**
 * share_rearm - arm used buffer notifications if a job sleeps, otherwise disarm them
 * @share: queue, locked by the caller
 *
 * Returns true if the ring holds used requests, for which the device need not send a notification.
 */
bool share_rearm(struct queue_share *share)
{
	if (share->sleepers) {
		share->armed = true;
		return virtq_arm(share->vq, 1);
	}
	if (share->armed)
		virtq_disarm(share->vq);
	share->armed = false;
	return false;
}

/**
 * share_restarted - forget all requests, after the ring was emptied for another connection
 * @share: queue, locked by the caller
 */
void share_restarted(struct queue_share *share)
{
	uint32_t i;

	for (i = 0; i < share->nsharers; i++) {
		struct sharer *sharer = &share->sharer[i];

		sharer->outstanding = sharer->wants = sharer->granted = 0;
		sharer->waiting = false;
	}
	atomic_store(&share->position, virtq_used_position(share->vq));
	share->granted = share->nwaiting = share->first = 0;
	share->armed = false;
}
