// SPDX-License-Identifier: GPL-2.0-only
/* Taking completed requests back from the rings. */
#include "engine/commit.h"
#include "engine/context.h"
#include "engine/job.h"
#include "engine/reap.h"
#include "engine/report.h"
#include "engine/run.h"
#include "engine/settle.h"
#include "engine/shared_queue.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/* Handle the tagged contexts from events[n] to events[end - 1], and keep only completed io_us.
 * Return the new number of events. */
static unsigned int settle_all(struct vblk_queue *q, struct io_u **events, unsigned int n,
			       unsigned int end)
{
	unsigned int i;

	/* The requests that split io_us add are published without fio's commit(). Commit first, so
	 * that the io_us that fio has queued get their issue time. */
	if (q->nqueued && q->state == QUEUE_LIVE)
		commit_job(q->job);
	for (i = n; i < end; i++) {
		struct io_u *io_u = events[i];

		/* Each of the remaining events may belong to a split io_u whose next request needs
		 * one of the slots just freed. */
		q->reserved = end - i - 1;
		if (context_kind(io_u) != CONTEXT_IO_U)
			io_u = settle_tagged(q, io_u);
		if (io_u)
			events[n++] = io_u;
	}
	if (q->state == QUEUE_LIVE && virtq_unpublished(q->vq))
		commit_publish(q);
	return n;
}

/* The device wrote an invalid value: fail the queue, because its ring cannot be trusted any more.
 */
static void report_fault(struct vblk_queue *q)
{
	char text[160];

	virtq_fault_describe(q->vq, text, sizeof(text));
	log_err("vblk: %s: queue %u: device error: %s%s; the %u outstanding requests fail\n",
		q->device->path, q->index, text,
		q->vq->fault >= VIRTQ_FAULT_USED_LENGTH ? " (vblk_strict)" : "",
		virtq_outstanding(q->vq));
	queue_fail(q, EPROTO);
}

static inline __attribute__((always_inline)) unsigned int reap_queue(struct vblk_job *job,
								     struct vblk_queue *q,
								     unsigned int n,
								     unsigned int max)
{
	void **ctx = (void **)job->events;
	unsigned int first;

	if (UNLIKELY(q->state != QUEUE_LIVE))
		return q->state == QUEUE_FAILED ? job_take_failed(job, q, n, max) : n;
	do {
		first = n;
		n = (unsigned int)(virtq_take(q->vq, ctx + n, ctx + max, settle_error, q) - ctx);
		if (UNLIKELY(q->tagged))
			n = settle_all(q, job->events, first, n);
		if (LIKELY(!q->vq->fault))
			return n;
	} while (virtq_accept_length(q->vq));
	report_fault(q);
	return job_take_failed(job, q, n, max);
}

/* Start with a different queue each time, so that all queues are served even if fio takes only one
 * completion at a time. */
static __attribute__((noinline)) unsigned int reap_in_turn(struct vblk_job *job, unsigned int n,
							   unsigned int max)
{
	unsigned int i, at = job->turn;

	for (i = 0; i < job->nqueues && n < max; i++) {
		struct vblk_queue *q = &job->queue[at];

		n = q->share ? shared_reap(job, q, n, max) : reap_queue(job, q, n, max);
		at = at + 1 < job->nqueues ? at + 1 : 0;
	}
	job->turn = at;
	return n;
}

/**
 * job_reap - take completed requests from all queues of a job
 * @job: job
 * @n: number of requests already in @job->events
 * @max: maximum number of requests in @job->events
 *
 * Returns the number of requests in @job->events.
 */
unsigned int job_reap(struct vblk_job *job, unsigned int n, unsigned int max)
{
	if (UNLIKELY(!job->simple))
		return reap_in_turn(job, n, max);
	return n < max ? reap_queue(job, job->queue, n, max) : n;
}

/**
 * job_note_lengths - report once per device that used lengths were too large
 * @job: job that is about to end
 */
void job_note_lengths(const struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++) {
		const struct vblk_queue *q = &job->queue[i];
		uint64_t n = q->vq->long_lengths - q->long_lengths_before;

		if (!n || q->vq->strict || atomic_exchange(&q->device->control->reported_long, 1))
			continue;
		report_note(
			q->device,
			"job '%s': device reported %llu used lengths larger than the device-writable bytes of the request; the engine ignores them, as Linux does (vblk_strict=1 makes them an error)",
			q->td->o.name, (unsigned long long)n);
	}
}

/**
 * job_take_failed - take the outstanding requests of a failed queue, with the error of the queue
 * @job: job
 * @q: failed queue
 * @n: number of requests already in @job->events
 * @max: maximum number of requests in @job->events
 *
 * Returns the number of requests in @job->events.
 */
unsigned int job_take_failed(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			     unsigned int max)
{
	struct virtq *vq = q->vq;
	unsigned int id;

	for (id = 0; id < vq->slots && n < max; id++) {
		void *ctx = vq->slot[id].ctx;
		struct io_u *io_u = context_of(ctx);

		if (!ctx)
			continue;
		/* The slot is not freed: virtq_outstanding() still counts the request, which the
		 * device has not given back. */
		vq->slot[id].ctx = NULL;
		if (context_kind(ctx) == CONTEXT_COMMAND) {
			q->stats.errors++;
			settle_tagged(q, ctx);
			continue;
		}
		if (context_kind(ctx) == CONTEXT_PART && !settle_tagged(q, ctx))
			continue;
		settle_unanswered(q, io_u);
		job->events[n++] = io_u;
	}
	return n;
}
