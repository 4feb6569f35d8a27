// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <stdlib.h>

#include "engine/add.h"
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
#include "engine/shared_queue.h"
#include "engine/stuck.h"
#include "virtq/virtq_ops.h"

/* Longest sleep of a job that only waits for its device to come back. */
#define WAIT_MS 20

/* Collect the io_us with outstanding requests in job->resubmit, the oldest first, and mark commands
 * as lost. Return the number of io_us. The caller empties the ring. */
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
			/* command_run() waits for the command, and sends it again. */
			((struct vblk_command *)context_of(ctx))->lost = true;
			continue;
		}
		if (context_kind(ctx) == CONTEXT_PART) {
			/* The whole io_u is resubmitted. The loop finds the io_u once for each of
			 * its requests: collect it the first time. */
			if (!request_io(io_u)->out)
				continue;
			request_io(io_u)->out = 0;
		}
		job->resubmit[n++] = io_u;
	}
	q->tagged = 0;
	q->held = NULL;
	qsort(job->resubmit, n, sizeof(*job->resubmit), request_compare_age);
	return n;
}

/* Empty the ring, and add the outstanding io_us again, without publishing them. */
static void resubmit_all(struct vblk_job *job, struct vblk_queue *q)
{
	const struct queue_layout *layout = &q->device->layouts[q->index];
	unsigned int n = gather(job, q), i;

	virtq_restart(q->vq, &layout->config, &layout->virtq, q->iova + layout->rings);
	/* The ring has room for all these io_us, because it held their requests before. The io_us
	 * keep their issue times: commit() does not handle them again. */
	for (i = 0; i < n; i++) {
		q->reserved = n - i - 1;
		add_io_u(q, job->resubmit[i]);
	}
	q->stats.resubmitted += n;
}

/* Return true if the job has prepared a queue for the connection with the number @epoch. */
static bool is_ready(const struct vblk_queue *q, uint32_t epoch)
{
	if (q->share)
		return atomic_load(&q->self->ready_epoch) == epoch;
	return control_queue_is_ready(q->shared, epoch);
}

/**
 * park_queue - prepare a queue for the next connection of its device
 * @job: job
 * @q: queue whose device is away
 * @n: number of requests already in @job->events
 * @max: maximum number of requests in @job->events
 *
 * First takes the requests that the device completed before it went away. If @job->events has no
 * room for all of them, the queue is not parked yet. Returns the number of requests in
 * @job->events.
 */
unsigned int park_queue(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			unsigned int max)
{
	struct control *control = q->device->control;
	/* Read the epoch once: the ring is prepared for this connection, and not for a later one.
	 */
	uint32_t epoch = atomic_load(&control->epoch), taken;

	/* With an inflight region, the device may have come back since the queue was parked,
	 * completed requests, and gone away again: take the completed requests first. */
	if (job->inflight && !is_ready(q, epoch))
		q->state = QUEUE_LIVE;
	if (q->share) {
		if (q->state == QUEUE_LIVE) {
			if (!shared_park(job, q, &n, max, epoch))
				return n;
			q->state = QUEUE_PARKED;
			keeper_wake(q->device);
			return n;
		}
		if (!is_ready(q, epoch)) {
			atomic_store_explicit(&q->self->ready_epoch, epoch, memory_order_release);
			keeper_wake(q->device);
		}
		return n;
	}
	if (q->state == QUEUE_LIVE) {
		commit_job(job);
		do {
			taken = q->vq->taken;
			n = job_reap(job, n, max);
		} while (q->vq->taken != taken && n < max);
		if (n == max || q->state != QUEUE_LIVE)
			return n;
		/* With an inflight region, the back-end continues with the ring as it is. */
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
 * park_resume - make a queue live again after its device has come back
 * @job: job
 * @q: parked queue
 */
void park_resume(struct vblk_job *job, struct vblk_queue *q)
{
	struct control *control = q->device->control;
	uint32_t epoch = atomic_load(&control->epoch);

	/* Use the event suppression of the new connection: EVENT_IDX is the only feature that may
	 * have changed. */
	q->state = QUEUE_LIVE;
	if (q->share) {
		shared_resume(q, control->event_idx);
	} else {
		q->vq->event_idx = control->event_idx;
		virtq_disarm(q->vq);
		if (virtq_unpublished(q->vq))
			commit_publish(q);
	}
	q->stats.reconnects++;
	if (atomic_exchange(&control->reported_back_epoch, epoch) != epoch)
		report_note(
			q->device, "job '%s': back-end is back after %.3f s without service%s",
			job->td->o.name, (double)control->away_ns / 1e9,
			q->writeback
				? "; unflushed data in its write-back cache is assumed to have survived"
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

/* Fail a queue because its device is lost. Only one job of the device reports the reason. */
static void lose_queue(struct vblk_queue *q, const char *reason)
{
	struct control *control = q->device->control;

	if (!atomic_exchange(&control->reported, 1))
		log_err("vblk: %s: %s, with %u requests in flight\n", q->device->path, reason,
			device_outstanding(control));
	queue_fail(q, ENODEV);
}

/**
 * park_check - check the state of a device, and fail, park or resume its queue accordingly
 * @job: job
 * @q: queue of the job on the device
 * @n: number of requests already in @job->events
 * @max: maximum number of requests in @job->events
 *
 * Returns the number of requests in @job->events.
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
 * park_check_keeper - fail a queue if the process of its keeper has ended
 * @q: queue
 *
 * The connection to the device ended with that process, and nothing updates the state of the device
 * any more. The check needs system calls.
 */
void park_check_keeper(struct vblk_queue *q)
{
	if (q->state != QUEUE_FAILED && !keeper_lives(q->device->control))
		lose_queue(q, "fio's main process has ended, which closed the connection");
}

/**
 * park_wait - wait a short time for the device of a parked queue to come back
 * @job: job
 * @q: parked queue
 *
 * For callers that cannot wait for a completion. Returns true if the queue is live again.
 */
bool park_wait(struct vblk_job *job, struct vblk_queue *q)
{
	struct pollfd woken = { .fd = q->call_fd, .events = POLLIN };

	park_check(job, q, 0, 0);
	if (q->state == QUEUE_PARKED) {
		poll(&woken, 1, WAIT_MS);
		park_check(job, q, 0, 0);
		park_check_keeper(q);
		if (q->state == QUEUE_PARKED && interrupt_seen(job->td))
			stuck_end(job);
	}
	return q->state == QUEUE_LIVE;
}
