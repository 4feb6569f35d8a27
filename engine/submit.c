// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way down: queue() puts a request on the ring, commit() shows the device all that were put
 * there since the last one.
 */
#include <string.h>

#include "engine/command.h"
#include "engine/context.h"
#include "engine/park.h"
#include "engine/submit.h"
#include "vhost/blk/blk_request.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/**
 * submit_stamp - note the time of a request that ends within queue(): fio leaves that to us
 * @td: fio's view of the job
 * @io_u: request
 */
void submit_stamp(struct thread_data *td, struct io_u *io_u)
{
	if (!fio_fill_issue_time(td))
		return;
	fio_gettime(&io_u->issue_time, NULL);
	if (td->o.read_iolog_file)
		td->last_issue = io_u->issue_time;
}

/* Ends a request within queue(). */
static enum fio_q_status end_now(struct thread_data *td, struct io_u *io_u, int error,
				 unsigned int ended)
{
	io_u->error = (unsigned int)error;
	job_io(io_u)->ended = ended;
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	return FIO_Q_COMPLETED;
}

/**
 * submit_complete - end a request within queue() that was done by other means
 * @td: fio's view of the job
 * @io_u: request, stamped when it began
 * @error: positive errno, or 0
 */
enum fio_q_status submit_complete(struct thread_data *td, struct io_u *io_u, int error)
{
	return end_now(td, io_u, error, VBLK_NO_ANSWER);
}

/**
 * submit_unsent - end a request within queue() that nothing is sent to the device for
 * @td: fio's view of the job
 * @io_u: request
 * @error: positive errno, or 0
 */
enum fio_q_status submit_unsent(struct thread_data *td, struct io_u *io_u, int error)
{
	submit_stamp(td, io_u);
	return end_now(td, io_u, error, VBLK_NOT_SENT);
}

/**
 * submit_refuse - what the job asks for can't be sent; the first time it is said why
 * @job: job
 * @q: queue
 * @io_u: request, which ends with EINVAL
 * @offset: where it, or the range of it that is at fault, begins
 * @bytes: and its length
 * @why: what is wrong with it, if it has a place that could be
 */
enum fio_q_status submit_refuse(struct vblk_job *job, const struct vblk_queue *q, struct io_u *io_u,
				uint64_t offset, uint64_t bytes, const char *why)
{
	if (!job->refused)
		log_err("vblk: %s: job '%s': request at offset %llu of %llu bytes %s\n",
			q->device->path, job->td->o.name, (unsigned long long)offset,
			(unsigned long long)bytes,
			(offset | bytes) & q->block_mask ? "is not whole blocks of the device"
			: submit_out_of_place(q, offset, bytes) ? "goes past the end of the device"
								: why);
	job->refused = true;
	return submit_unsent(job->td, io_u, EINVAL);
}

/**
 * submit_full - the ring has no room at present
 * @q: queue
 * @io_u: request
 *
 * Returns FIO_Q_BUSY; in a job that verifies, what becomes of the request once there is room: fio
 * would make a request anew that is turned away, and draw another seed for its contents.
 */
enum fio_q_status submit_full(struct vblk_queue *q, struct io_u *io_u)
{
	q->stats.busy++;
	if (!q->job->never_busy)
		return FIO_Q_BUSY;
	command_await_slot(q->job, q);
	return vblk_queue(q->td, io_u);
}

static enum fio_q_status queue_flush(struct vblk_job *job, struct vblk_queue *q, struct io_u *io_u)
{
	struct virtq_slot *slot = virtq_slot_free(q->vq);

	/* A device without a volatile cache has what it acknowledged. */
	if (!q->writeback)
		return submit_unsent(job->td, io_u, 0);
	q->stats.flushes++;
	blk_request_begin(slot, VIRTIO_BLK_T_FLUSH, 0);
	virtq_add(q->vq, slot, io_u, 0, 0, q->piece, false);
	return submit_queued(q, io_u);
}

/* True if a queue that was not live is live now: it was parked, and its device has come back. */
static bool comes_back(struct vblk_job *job, struct vblk_queue *q)
{
	if (q->state != QUEUE_PARKED)
		return false;
	/* A job that verifies is not turned away: see submit_full(). */
	while (!park_look(job, q) && q->state == QUEUE_PARKED && job->never_busy)
		;
	return q->state == QUEUE_LIVE;
}

/* Anything but a read or write on a live queue. */
static __attribute__((noinline)) enum fio_q_status queue_other(struct thread_data *td,
							       struct vblk_queue *q,
							       struct io_u *io_u)
{
	struct vblk_job *job = td->io_ops_data;

	if (UNLIKELY(q->state != QUEUE_LIVE && !comes_back(job, q)))
		return q->state == QUEUE_PARKED ? FIO_Q_BUSY : submit_unsent(td, io_u, q->error);
	if (UNLIKELY(!virtq_slot_free(q->vq)))
		return submit_full(q, io_u);
	switch (io_u->ddir) {
	case DDIR_READ:
	case DDIR_WRITE:
		return q->transfer[io_u->ddir](q, io_u);
	case DDIR_TRIM:
		return trim_queue(job, q, io_u);
	case DDIR_SYNC:
	case DDIR_DATASYNC:
	case DDIR_SYNC_FILE_RANGE:
		return queue_flush(job, q, io_u);
	default:
		return submit_unsent(td, io_u, EINVAL);
	}
}

/**
 * vblk_queue - fio's queue(): put a request on the ring
 * @td: fio's view of the job
 * @io_u: request
 *
 * Returns FIO_Q_BUSY when it has no room at present.
 */
enum fio_q_status vblk_queue(struct thread_data *td, struct io_u *io_u)
{
	struct vblk_queue *q = FILE_ENG_DATA(io_u->file);

	_Static_assert(DDIR_READ == 0 && DDIR_WRITE == 1, "directions that transfer[] has");
	if (UNLIKELY(q->state != QUEUE_LIVE || io_u->ddir > DDIR_WRITE))
		return queue_other(td, q, io_u);
	return q->transfer[io_u->ddir](q, io_u);
}

static inline __attribute__((always_inline)) void publish(struct vblk_queue *q)
{
	unsigned int outstanding = virtq_outstanding(q->vq);

	q->stats.publishes++;
	if (outstanding > q->stats.depth)
		q->stats.depth = outstanding;
	if (virtq_publish(q->vq)) {
		q->stats.kicks++;
		/* An eventfd that is full gives the device plenty to wake up for. */
		transport_kick(&q->kick, virtq_next(q->vq));
	}
}

/**
 * submit_publish - show the device what was added to a queue, and notify it if it asks for that
 * @q: queue
 */
void submit_publish(struct vblk_queue *q)
{
	publish(q);
}

/* Tells fio that a queue's new requests are issued, which is when the device can see them: the time
 * before that, lest a fast device be there first. */
static inline void stamp(struct thread_data *td, const struct vblk_job *job, struct io_u **io_u,
			 unsigned int n)
{
	struct timespec now;

	fio_gettime(&now, NULL);
	do {
		(*io_u)->issue_time = now;
		if (LIKELY(job->account))
			io_u_queued(td, *io_u);
		io_u++;
	} while (--n);
	if (UNLIKELY(job->replays))
		td->last_issue = now;
}

/* Shows a device what was added to its queue. */
static __attribute__((noinline)) void commit_queue(struct vblk_queue *q)
{
	struct thread_data *td = q->td;
	unsigned int n = q->nqueued;

	if (LIKELY(q->job->stamp))
		stamp(td, q->job, q->queued, n);
	q->nqueued = 0;
	publish(q);
	io_u_mark_submit(td, n);
}

/**
 * submit_commit - show the devices all requests added since the last time
 * @job: job
 */
__attribute__((noinline)) void submit_commit(struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].nqueued)
			commit_queue(&job->queue[i]);
}

/**
 * vblk_commit - fio's commit()
 * @td: fio's view of the job
 */
int vblk_commit(struct thread_data *td)
{
	struct vblk_job *job = td->io_ops_data;

	if (UNLIKELY(job->nqueues > 1))
		submit_commit(job);
	else if (job->queue->nqueued)
		commit_queue(job->queue);
	return 0;
}
