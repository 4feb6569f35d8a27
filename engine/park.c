// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <stdlib.h>

#include "engine/command.h"
#include "engine/commit.h"
#include "engine/context.h"
#include "engine/interrupt.h"
#include "engine/job.h"
#include "engine/keeper.h"
#include "engine/park.h"
#include "engine/reap.h"
#include "engine/report.h"
#include "engine/request.h"
#include "engine/run.h"
#include "engine/stuck.h"
#include "engine/submit.h"
#include "virtq/virtq_ops.h"

/* Longest sleep of a job that has nothing to do but wait for its device to come back. */
#define LOOK_MS 20

/* By the time they were issued; those of one commit() are of the same age. */
static int by_age(const void *a, const void *b)
{
	const struct timespec *left = &(*(struct io_u *const *)a)->issue_time;
	const struct timespec *right = &(*(struct io_u *const *)b)->issue_time;

	if (left->tv_sec != right->tv_sec)
		return left->tv_sec < right->tv_sec ? -1 : 1;
	return left->tv_nsec < right->tv_nsec ? -1 : left->tv_nsec > right->tv_nsec;
}

/* All io_us with requests outstanding, the oldest first; their requests are forgotten. */
static unsigned int gather(struct vblk_job *job, struct vblk_queue *q)
{
	struct virtq *vq = q->vq;
	unsigned int n = 0;
	uint32_t id;

	for (id = 0; id < vq->slots; id++) {
		void *ctx = vq->slot[id].ctx;
		struct io_u *io_u = context_of(ctx);

		if (!ctx)
			continue;
		if (context_kind(ctx) == CONTEXT_COMMAND) {
			/* Whoever waits for it sends it again. */
			((struct vblk_command *)context_of(ctx))->lost = true;
			continue;
		}
		if (context_kind(ctx) == CONTEXT_PART) {
			/* All of it is done again; it is met once for each of its requests. */
			if (!request_io(io_u)->out)
				continue;
			request_io(io_u)->out = 0;
		}
		job->resubmit[n++] = io_u;
	}
	q->tagged = 0;
	q->held = NULL;
	qsort(job->resubmit, n, sizeof(*job->resubmit), by_age);
	return n;
}

static void resubmit_all(struct vblk_job *job, struct vblk_queue *q)
{
	const struct queue_layout *layout = &q->device->layouts[q->index];
	unsigned int n = gather(job, q), i;

	virtq_restart(q->vq, &layout->config, &layout->virtq, q->iova + layout->rings);
	/* What was accepted before is accepted again, and there is room for all of it. */
	job->resubmits = true;
	for (i = 0; i < n; i++) {
		q->reserved = n - i - 1;
		vblk_queue_io(job->td, job->resubmit[i]);
	}
	job->resubmits = false;
	/* It was issued when it was: fio need not hear of it. */
	q->nqueued = 0;
	q->stats.resubmitted += n;
}

/**
 * park_queue - put a queue in order for the device's next connection
 * @job: job
 * @q: queue whose device is away
 * @n: requests already in @job->events
 * @max: most it may hold
 *
 * Returns how many @job->events holds: what the device completed before it went is taken first.
 * With no room for all of that the queue is not parked yet.
 */
unsigned int park_queue(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			unsigned int max)
{
	struct control *control = q->device->control;
	/* Read once: the ring is put in order for this connection, not for one after it. */
	uint32_t epoch = atomic_load(&control->epoch), taken;

	/* A device that goes on by itself may have been back since, and may have completed
	 * something. */
	if (job->inflight && !control_queue_is_ready(q->shared, epoch))
		q->state = QUEUE_LIVE;
	if (q->state == QUEUE_LIVE) {
		commit_job(job);
		do {
			taken = q->vq->taken;
			n = job_reap(job, n, max);
		} while (q->vq->taken != taken && n < max);
		if (n == max || q->state != QUEUE_LIVE)
			return n;
		/* With an inflight region the back-end goes on where it was. */
		if (!job->inflight)
			resubmit_all(job, q);
		q->state = QUEUE_PARKED;
	}
	if (!control_queue_is_ready(q->shared, epoch)) {
		control_queue_set_ready(q->shared, epoch);
		keeper_wake(q->device);
	}
	return n;
}

/**
 * park_resume - go on with a queue whose device is back
 * @job: job
 * @q: parked queue
 */
void park_resume(struct vblk_job *job, struct vblk_queue *q)
{
	struct control *control = q->device->control;
	uint32_t epoch = atomic_load(&control->epoch);

	/* The one feature that may be gone: from now on there are other words for our wishes. */
	q->vq->event_idx = control->event_idx;
	virtq_disarm(q->vq);
	q->state = QUEUE_LIVE;
	if (virtq_unpublished(q->vq))
		commit_publish(q);
	q->stats.reconnects++;
	if (atomic_exchange(&control->reported_back_epoch, epoch) != epoch)
		report_note(q->device, "job '%s': back-end is back after %.3f s without service%s",
			    job->td->o.name, (double)control->away_ns / 1e9,
			    q->writeback ? "; what its write-back cache had not flushed is assumed "
					   "to have survived"
					 : "");
}

static unsigned int device_outstanding(const struct control *control)
{
	unsigned int n = 0;
	uint32_t i;

	for (i = 0; i < control->nqueues; i++)
		n += virtq_outstanding(&control->queue[i].vq);
	return n;
}

/* The device is gone: one of its jobs says so, all of them end. */
static void lose_queue(struct vblk_queue *q, const char *reason)
{
	struct control *control = q->device->control;

	if (!atomic_exchange(&control->reported, 1))
		log_err("vblk: %s: %s, with %u requests in flight\n", q->device->path, reason,
			device_outstanding(control));
	queue_fail(q, ENODEV);
}

/**
 * park_check - see what has become of a device, and act on it
 * @job: job
 * @q: its queue there
 * @n: requests already in @job->events
 * @max: most it may hold
 *
 * Returns how many @job->events holds.
 */
unsigned int park_check(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			unsigned int max)
{
	struct control *control = q->device->control;

	if (q->state == QUEUE_FAILED)
		return n;
	switch (atomic_load_explicit(&control->state, memory_order_acquire)) {
	case CONTROL_LOST:
		lose_queue(q, control->reason);
		return n;
	case CONTROL_AWAY:
		n = park_queue(job, q, n, max);
		break;
	default:
		if (q->state == QUEUE_PARKED)
			park_resume(job, q);
	}
	return n;
}

/**
 * park_check_keeper - is anybody there who would tell of a device that goes away?
 * @q: queue
 *
 * Else its connection is gone as well. Costs system calls.
 */
void park_check_keeper(struct vblk_queue *q)
{
	if (q->state != QUEUE_FAILED && !keeper_lives(q->device->control))
		lose_queue(q, "fio's main process is gone, and with it the connection");
}

/**
 * park_wait - is a parked queue's device back? Waits for it for a moment
 * @job: job
 * @q: parked queue
 *
 * For those who have nothing in flight that they could wait for. Returns true if the queue goes on.
 */
bool park_wait(struct vblk_job *job, struct vblk_queue *q)
{
	struct pollfd woken = { .fd = q->call_fd, .events = POLLIN };

	park_check(job, q, 0, 0);
	if (q->state == QUEUE_PARKED) {
		poll(&woken, 1, LOOK_MS);
		park_check(job, q, 0, 0);
		park_check_keeper(q);
		if (q->state == QUEUE_PARKED && interrupt_seen(job->td))
			stuck_end(job);
	}
	return q->state == QUEUE_LIVE;
}
