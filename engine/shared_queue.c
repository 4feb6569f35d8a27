// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "engine/add.h"
#include "engine/command.h"
#include "engine/context.h"
#include "engine/request.h"
#include "engine/run.h"
#include "engine/settle.h"
#include "engine/shared_queue.h"
#include "engine/split.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/**
 * struct hold - what to do when the lock of a queue is released
 * @wakes: jobs to wake
 * @kick: notify the device of available buffers
 * @more: the ring may hold more used requests, so the job must take the lock again
 * @added: number of io_us at the front of @queued in struct vblk_queue that were added to the ring
 * @issued: number of these io_us whose issue time was set before, because they were resubmitted or
 *	    continued
 */
struct hold {
	struct share_wakes wakes;
	bool kick;
	bool more;
	unsigned int added;
	unsigned int issued;
};

/* Fail the job's part of a queue that has failed for all of its jobs. */
static void fail(struct vblk_queue *q, int error)
{
	if (error == EOWNERDEAD && !atomic_exchange(&q->share->reported, true))
		log_err("vblk: %s: queue %u: a job was killed while it held the lock; the requests of all jobs that share the queue fail\n",
			q->device->path, q->index);
	queue_fail(q, error);
}

static inline void reset(struct hold *hold)
{
	hold->wakes.n = 0;
	hold->kick = hold->more = false;
	hold->added = hold->issued = 0;
}

/* Take the lock. Return false, with the job's part failed, if the queue has failed. */
static bool enter(struct vblk_queue *q, struct hold *hold)
{
	int error = share_lock(q->share);

	reset(hold);
	if (LIKELY(!error))
		return true;
	fail(q, error);
	return false;
}

/* Inform fio that the io_us that were added to the ring are issued, and remove them from the list.
 */
static void finish(struct vblk_queue *q, const struct hold *hold)
{
	unsigned int n = hold->added, i;

	if (!n)
		return;
	for (i = hold->issued; q->job->account && i < n; i++)
		io_u_queued(q->td, q->queued[i]);
	if (q->job->replays && hold->issued < n)
		q->td->last_issue = q->queued[n - 1]->issue_time;
	q->nqueued -= n;
	q->ncommitted -= n;
	memmove(q->queued, q->queued + n, q->nqueued * sizeof(*q->queued));
}

/*
 * Release the lock, then kick the device and wake jobs, because these are system calls. The
 * notification register of a PCI function is written while the lock is held, so that the values
 * from several jobs arrive in order.
 */
static void leave(struct vblk_queue *q, struct hold *hold)
{
	bool kick = hold->kick;

	if (kick && q->kick.fd < 0) {
		transport_kick(&q->kick, virtq_next(q->vq));
		kick = false;
	}
	share_unlock(q->share, &hold->wakes);
	if (kick)
		transport_kick(&q->kick, 0);
	finish(q, hold);
}

/* Add the command that waits for a slot. With vblk_strict, the ring can check only one answer
 * without a fixed length at a time (@open_ended), so a second such command has to wait. */
static void place_command(struct vblk_queue *q)
{
	if (q->command->device_writes && q->vq->strict && q->vq->open_ended)
		return;
	q->command_out = q->command;
	q->command = NULL;
	add_command(q, q->command_out);
}

/* Add io_us of the list to the ring, as far as there are slots, and publish them. */
static void place(struct vblk_queue *q, struct hold *hold)
{
	struct sharer *self = q->self;
	bool stamp = q->job->stamp;
	struct timespec now;
	unsigned int n;

	if (stamp && q->ncommitted)
		fio_gettime(&now, NULL);
	for (n = 0; n < q->ncommitted && share_room(q->share, self); n++) {
		struct io_u *io_u = q->queued[n];
		struct vblk_io *io = request_io(io_u);

		if (UNLIKELY(q->held && q->held != io_u && io_u->ddir == DDIR_WRITE))
			break;
		if (UNLIKELY(io->issued)) {
			hold->issued++;
		} else {
			if (stamp)
				io_u->issue_time = now;
			io->issued = true;
		}
		io->added = true;
		if (UNLIKELY(io->waits)) {
			io->waits = false;
			split_continue(q, io_u);
		} else {
			q->add(q, io_u);
		}
	}
	hold->added = n;
	if (UNLIKELY(q->command) && n == q->ncommitted && share_room(q->share, self))
		place_command(q);
	if (UNLIKELY(n < q->ncommitted || q->command || self->wants || self->granted))
		share_want(q->share, self, q->ncommitted - n + (q->command ? 1 : 0));
	if (!virtq_unpublished(q->vq))
		return;
	q->stats.publishes++;
	if (q->out > q->stats.depth)
		q->stats.depth = q->out;
	if (virtq_publish(q->vq)) {
		q->stats.kicks++;
		hold->kick = true;
	}
}

/* Add a split io_u to the front of the list: its requests on the ring have completed, and its next
 * request needs a slot. */
static void wait_for_slot(struct vblk_queue *q, struct io_u *io_u)
{
	request_io(io_u)->added = false;
	memmove(q->queued + 1, q->queued, q->nqueued * sizeof(*q->queued));
	q->queued[0] = io_u;
	q->nqueued++;
	q->ncommitted++;
}

/* Handle the completion of one of the job's own requests. Return the io_u of the request if the
 * io_u has completed, otherwise NULL. */
static inline struct io_u *deliver(struct vblk_queue *q, void *ctx)
{
	struct io_u *io_u = ctx;

	q->out--;
	q->delivered++;
	if (UNLIKELY(context_kind(ctx) != CONTEXT_IO_U)) {
		bool part = context_kind(ctx) == CONTEXT_PART;

		io_u = settle_tagged(q, ctx);
		if (!part)
			q->command_out = NULL;
		else if (!io_u && request_io(context_of(ctx))->waits)
			wait_for_slot(q, context_of(ctx));
		if (!io_u)
			return NULL;
	}
	request_io(io_u)->queue = NULL;
	return io_u;
}

static unsigned int take_inbox(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			       unsigned int max)
{
	struct inbox_entry entry;

	while (n < max && inbox_take(&q->self->inbox, &entry)) {
		struct io_u *io_u;

		if (UNLIKELY(entry.status))
			settle_error(q, entry.ctx, entry.status);
		io_u = deliver(q, entry.ctx);
		if (io_u)
			job->events[n++] = io_u;
	}
	return n;
}

/* The device wrote an invalid value: fail the queue for all of its jobs. */
static void report_fault(struct vblk_queue *q)
{
	char text[160];

	virtq_fault_describe(q->vq, text, sizeof(text));
	log_err("vblk: %s: queue %u: device error: %s%s; the %u outstanding requests of the jobs that share the queue fail\n",
		q->device->path, q->index, text,
		q->vq->fault >= VIRTQ_FAULT_USED_LENGTH ? " (vblk_strict)" : "",
		virtq_outstanding(q->vq));
	share_fail(q->share, EPROTO);
}

/* Take used requests off the ring until the ring holds none. Add the job's own io_us to
 * @job->events as long as the array has room. If the device wrote an invalid value, fail the queue.
 */
static unsigned int take_ring(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			      unsigned int max, struct hold *hold)
{
	struct queue_share *share = q->share;
	void **events = (void **)job->events;
	uint32_t before, taken;
	bool accepted;

	do {
		unsigned int first = n, last;

		before = q->vq->taken;
		last = (unsigned int)(share_take(share, q->sharer, events + n, events + max,
						 settle_error, q, &hold->wakes) -
				      events);
		taken = q->vq->taken - before;
		q->taken += taken;
		for (; first < last; first++) {
			struct io_u *io_u = deliver(q, events[first]);

			if (io_u)
				job->events[n++] = io_u;
		}
		accepted = q->vq->fault && virtq_accept_length(q->vq);
		if (UNLIKELY(q->vq->fault)) {
			report_fault(q);
			return n;
		}
		hold->more = accepted || taken == SHARE_BATCH || share_rearm(share);
		/* Stop while @wakes has room for the wake-ups of another batch. */
	} while (hold->more && hold->wakes.n < SHARE_BATCH);
	/* The request whose answer has no fixed length has completed. */
	if (UNLIKELY(q->vq->open_ended) && !q->vq->open_ended->ctx)
		q->vq->open_ended = NULL;
	return n;
}

/*
 * Take the lock in order to reap requests. Return 0 with the lock held; EBUSY if the ring holds no
 * used request, or if another job holds the lock and takes the used requests; or the positive errno
 * with which the queue has failed.
 */
static int enter_to_reap(struct vblk_queue *q)
{
	struct queue_share *share = q->share;
	uint32_t position = atomic_load_explicit(&share->position, memory_order_relaxed);

	/* Waiting io_us, split io_us and commands need the lock, and so does the end of a sleep. */
	if (q->ncommitted || q->tagged || q->command || q->self->sleeping)
		return share_lock(share);
	if (virtq_is_used_at(q->vq, position))
		return share_trylock(share);
	return share->error ? share->error : EBUSY;
}

/**
 * shared_reap - take completed requests of a job from a shared queue
 * @job: job
 * @q: its queue
 * @n: number of requests already in @job->events
 * @max: maximum number of requests in @job->events
 *
 * Takes only the completions in the inbox if the ring holds no used request, or if another job
 * holds the lock and takes the used requests. Returns the number of requests in @job->events.
 */
unsigned int shared_reap(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			 unsigned int max)
{
	struct queue_share *share = q->share;
	struct hold hold;
	int error;

	if (UNLIKELY(q->state != QUEUE_LIVE))
		return q->state == QUEUE_FAILED ? shared_take_failed(job, q, n, max) : n;
	do {
		reset(&hold);
		error = enter_to_reap(q);
		if (error == EBUSY)
			return take_inbox(job, q, n, max);
		if (UNLIKELY(error))
			break;
		share_awake(share, q->self);
		n = take_inbox(job, q, n, max);
		n = take_ring(job, q, n, max, &hold);
		error = share->error;
		if (UNLIKELY(error)) {
			share_unlock(share, &hold.wakes);
			break;
		}
		if (UNLIKELY(share->nwaiting))
			share_grant(share, &hold.wakes);
		if (q->ncommitted || q->command || virtq_unpublished(q->vq))
			place(q, &hold);
		leave(q, &hold);
	} while (UNLIKELY(hold.more));
	if (LIKELY(!error))
		return n;
	fail(q, error);
	return shared_take_failed(job, q, n, max);
}

/**
 * shared_commit - add the io_us that fio has queued to the ring
 * @q: queue
 */
void shared_commit(struct vblk_queue *q)
{
	unsigned int fresh = q->nqueued - q->ncommitted;
	struct hold hold;

	q->ncommitted = q->nqueued;
	if (q->state == QUEUE_LIVE && enter(q, &hold)) {
		place(q, &hold);
		leave(q, &hold);
	}
	if (fresh)
		io_u_mark_submit(q->td, fresh);
}

/**
 * shared_take_failed - take the outstanding io_us of a failed queue, with the error of the queue
 * @job: job
 * @q: failed queue
 * @n: number of requests already in @job->events
 * @max: maximum number of requests in @job->events
 *
 * Returns the number of requests in @job->events.
 */
unsigned int shared_take_failed(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
				unsigned int max)
{
	unsigned int i;

	q->tagged = 0;
	q->held = NULL;
	for (i = 0; i < job->depth && n < max; i++) {
		struct vblk_io *io = &job->io[i];

		if (io->queue != q)
			continue;
		io->queue = NULL;
		settle_unanswered(q, io->io_u);
		job->events[n++] = io->io_u;
	}
	return n;
}

/**
 * shared_arm - prepare to sleep until a request of the job completes
 * @q: live queue
 *
 * Returns true if the job must not sleep: it has completions or slots, or the queue has failed.
 */
bool shared_arm(struct vblk_queue *q)
{
	struct hold hold;
	bool sleeps;

	if (!enter(q, &hold))
		return true;
	if (q->ncommitted || q->command)
		place(q, &hold);
	sleeps = share_sleep(q->share, q->self);
	q->signals = atomic_load(&q->share->signals);
	leave(q, &hold);
	return !sleeps;
}

/**
 * shared_check - take granted slots back from jobs that do not use them, and grant them to others
 * @q: live queue
 * @now_ns: time, by CLOCK_MONOTONIC
 */
void shared_check(struct vblk_queue *q, uint64_t now_ns)
{
	struct hold hold;

	if (!enter(q, &hold))
		return;
	share_revoke(q->share, now_ns, &hold.wakes);
	leave(q, &hold);
}

/* Move the io_us that are on the ring to the front of the list, the oldest first. */
static void gather(struct vblk_job *job, struct vblk_queue *q)
{
	unsigned int n = 0, i;

	for (i = 0; i < job->depth; i++) {
		struct vblk_io *io = &job->io[i];

		if (io->queue != q || !io->added)
			continue;
		io->added = false;
		io->out = 0;
		if (io->io_u->ddir == DDIR_READ && job->poison)
			memset(io->io_u->xfer_buf, job->poison_byte, io->io_u->xfer_buflen);
		job->resubmit[n++] = io->io_u;
	}
	qsort(job->resubmit, n, sizeof(*job->resubmit), request_compare_age);
	memmove(q->queued + n, q->queued, q->nqueued * sizeof(*q->queued));
	memcpy(q->queued, job->resubmit, n * sizeof(*q->queued));
	q->nqueued += n;
	q->ncommitted += n;
	q->stats.resubmitted += n;
	/* command_run() waits for the command, and sends it again. */
	if (q->command_out)
		q->command_out->lost = true;
	q->command_out = NULL;
	q->tagged = 0;
	q->held = NULL;
	q->out = 0;
	q->self->away = true;
}

/**
 * shared_park - prepare a job's part of a shared queue for the next connection of the device
 * @job: job
 * @q: its queue
 * @n: number of requests in @job->events; updated when completed requests are added
 * @max: maximum number of requests in @job->events
 * @epoch: number of the next connection
 *
 * The keeper empties the ring after all jobs of the queue have been parked. Returns false if
 * @job->events has no room for all completed requests, or the queue has failed.
 */
bool shared_park(struct vblk_job *job, struct vblk_queue *q, unsigned int *n, unsigned int max,
		 uint32_t epoch)
{
	struct hold hold;
	bool all;

	if (!enter(q, &hold))
		return false;
	share_awake(q->share, q->self);
	*n = take_inbox(job, q, *n, max);
	*n = take_ring(job, q, *n, max, &hold);
	all = !inbox_has(&q->self->inbox) && !hold.more && !q->share->error;
	if (all && !job->inflight)
		gather(job, q);
	if (all)
		/* Finish with the ring before the epoch is set: pairs with the acquire load in
		 * all_sharers_ready(). */
		atomic_store_explicit(&q->self->ready_epoch, epoch, memory_order_release);
	leave(q, &hold);
	return all;
}

/**
 * shared_resume - continue with a shared queue after its device has come back
 * @q: queue, live again
 * @event_idx: the connection has VIRTIO_RING_F_EVENT_IDX
 */
void shared_resume(struct vblk_queue *q, bool event_idx)
{
	struct hold hold;

	if (!enter(q, &hold))
		return;
	q->vq->event_idx = event_idx;
	q->self->away = false;
	share_rearm(q->share);
	place(q, &hold);
	leave(q, &hold);
}

/**
 * shared_attach - connect a job to its part of a shared queue
 * @q: queue of the job; the fields that unshared queues have too are set
 * @share: the shared queue
 * @sharer: index of the job's part
 * @layout: layout of the ring
 * @iova: I/O virtual address of the ring
 * @event_idx: the connection has VIRTIO_RING_F_EVENT_IDX
 *
 * Returns 0; -EBUSY if requests of an earlier job that had this part are still outstanding; or the
 * negative errno with which the queue has failed.
 */
int shared_attach(struct vblk_queue *q, struct queue_share *share, uint32_t sharer,
		  const struct virtq_layout *layout, uint64_t iova, bool event_idx)
{
	struct sharer *self = &share->sharer[sharer];
	struct inbox_entry entry;
	struct hold hold;
	int ret = 0;

	q->share = share;
	q->sharer = sharer;
	q->self = self;
	if (!enter(q, &hold))
		return -q->error;
	if (!q->vq->formatted) {
		virtq_format(q->vq, layout, iova);
		atomic_store(&share->position, virtq_used_position(q->vq));
		q->vq->event_idx = event_idx;
	}
	if (self->outstanding)
		ret = -EBUSY;
	/* Discard the completions that an earlier job left in the inbox. */
	while (inbox_take(&self->inbox, &entry))
		;
	atomic_store(&self->gone, false);
	self->away = false;
	leave(q, &hold);
	add_choose(q);
	return ret;
}

/**
 * shared_detach - end the use of a shared queue by a job
 * @q: queue, without outstanding requests or failed
 */
void shared_detach(struct vblk_queue *q)
{
	struct hold hold;

	if (q->state == QUEUE_FAILED || !enter(q, &hold))
		return;
	share_awake(q->share, q->self);
	share_want(q->share, q->self, 0);
	share_grant(q->share, &hold.wakes);
	leave(q, &hold);
}
