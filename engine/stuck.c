// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/context.h"
#include "engine/job.h"
#include "engine/report.h"
#include "engine/request.h"
#include "engine/run.h"
#include "engine/stuck.h"

static void fail_all(struct vblk_job *job, int error)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].state != QUEUE_FAILED && queue_outstanding(&job->queue[i]))
			queue_fail(&job->queue[i], error);
}

/* Return the outstanding io_u of a queue that was issued first, or NULL. */
static const struct io_u *oldest_of_queue(const struct vblk_job *job, const struct vblk_queue *q)
{
	uint32_t n = q->share ? job->depth : q->vq->slots, i;
	const struct io_u *first = NULL;

	for (i = 0; i < n; i++) {
		const struct io_u *io_u;
		void *ctx;

		if (q->share) {
			io_u = job->io[i].queue == q && job->io[i].added ? job->io[i].io_u : NULL;
		} else {
			ctx = q->vq->slot[i].ctx;
			io_u = context_kind(ctx) == CONTEXT_COMMAND ? NULL : context_of(ctx);
		}
		if (io_u && (!first || !ntime_since(&first->issue_time, &io_u->issue_time)))
			first = io_u;
	}
	return first;
}

/* Return the outstanding io_u that was issued first, and set @where to its queue. Return NULL if
 * only commands are outstanding. */
static const struct io_u *oldest(const struct vblk_job *job, const struct vblk_queue **where)
{
	const struct io_u *first = NULL, *io_u;
	unsigned int i;

	for (i = 0; i < job->nqueues; i++) {
		const struct vblk_queue *q = &job->queue[i];

		io_u = q->state == QUEUE_FAILED ? NULL : oldest_of_queue(job, q);
		if (!io_u || (first && ntime_since(&first->issue_time, &io_u->issue_time)))
			continue;
		first = io_u;
		*where = q;
	}
	return first;
}

/*
 * Return true if this job must report the outage that began at @since_ns. Return false if a job has
 * reported an outage since then, because that was the same outage.
 */
static bool report_due(_Atomic uint64_t *reported_ns, uint64_t since_ns)
{
	uint64_t last = atomic_load(reported_ns);
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	do {
		if (last >= since_ns)
			return false;
	} while (!atomic_compare_exchange_weak(
		reported_ns, &last, (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec));
	return true;
}

/**
 * stuck_give_up - fail the outstanding requests of a job because a device does not answer
 * @job: job
 * @since_ns: time of the last completion, in nanoseconds of CLOCK_MONOTONIC
 * @waited: nanoseconds since then in which the process was running
 * @why: which time limit is over; the message ends with this text
 *
 * Only one of the jobs of the device reports the outage.
 */
void stuck_give_up(struct vblk_job *job, uint64_t since_ns, uint64_t waited, const char *why)
{
	const struct vblk_queue *q = &job->queue[0];
	struct control *control;

	oldest(job, &q);
	control = q->device->control;
	atomic_store(&control->unanswered, 1);
	if (report_due(&control->reported_stuck_ns, since_ns))
		log_err("vblk: %s: job '%s': no completion for %.1f s with %u requests outstanding %s\n",
			q->device->path, job->td->o.name, (double)waited / 1e9,
			job_outstanding(job), why);
	fail_all(job, ETIMEDOUT);
}

/**
 * stuck_warn - report that a device is slow to answer, with details that help to find the cause
 * @job: job
 * @since_ns: time of the last completion, in nanoseconds of CLOCK_MONOTONIC
 * @waited: nanoseconds since then in which the process was running
 *
 * Only one of the jobs of the device reports the outage.
 */
void stuck_warn(struct vblk_job *job, uint64_t since_ns, uint64_t waited)
{
	const struct vblk_queue *q = &job->queue[0];
	const struct io_u *io_u = oldest(job, &q);
	char ring[160], request[96] = "a command";

	if (!report_due(&q->device->control->reported_slow_ns, since_ns))
		return;
	virtq_describe(q->vq, ring, sizeof(ring));
	if (io_u && ddir_sync(io_u->ddir))
		snprintf(request, sizeof(request), "a flush");
	else if (io_u)
		snprintf(request, sizeof(request), "%s %s of %llu bytes at offset %llu",
			 io_u->ddir == DDIR_WRITE && q->sync && request_io(io_u)->flushed
				 ? "the flush after a"
				 : "a",
			 io_ddir_name(io_u->ddir), (unsigned long long)io_u->xfer_buflen,
			 (unsigned long long)io_u->offset);
	if (io_u && fio_fill_issue_time(job->td))
		snprintf(request + strlen(request), sizeof(request) - strlen(request),
			 ", issued %.1f s ago", (double)ntime_since_now(&io_u->issue_time) / 1e9);
	report_note(
		q->device,
		"job '%s' has waited for %.1f s for a completion, with %u requests outstanding; the oldest is %s; queue %u: %s, %llu notifications sent",
		job->td->o.name, (double)waited / 1e9, job_outstanding(job), request, q->index,
		ring, (unsigned long long)q->stats.kicks);
}

/**
 * stuck_end - fail the parked queues of a job after an interrupt, instead of waiting any longer
 * @job: job
 */
void stuck_end(struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++) {
		struct vblk_queue *q = &job->queue[i];
		struct control *control = q->device->control;
		uint32_t epoch = atomic_load(&control->epoch);

		/* If the device has come back since the last check, it can complete the requests:
		 * the next park_check() resumes the queue. */
		if (q->state != QUEUE_PARKED || atomic_load(&control->state) != CONTROL_AWAY)
			continue;
		if (atomic_exchange(&control->reported_away_epoch, epoch) != epoch)
			log_err("vblk: %s: job '%s' ends while the back-end is away, with %u requests unanswered\n",
				q->device->path, job->td->o.name, queue_outstanding(q));
		atomic_store(&control->unanswered, 1);
		queue_fail(q, ETIMEDOUT);
	}
}
