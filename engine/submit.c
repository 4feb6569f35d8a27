// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way down: queue() puts a request on the ring, commit() shows the device all that were put
 * there since the last one.
 */
#include <string.h>
#include <unistd.h>

#include "engine/context.h"
#include "engine/park.h"
#include "engine/submit.h"
#include "vhost/blk_request.h"
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
				 uintptr_t details)
{
	io_u->error = (unsigned int)error;
	io_u->engine_data = (void *)details;
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
	return end_now(td, io_u, error, 0);
}

/* Nothing is sent to the device. */
static enum fio_q_status unsent(struct thread_data *td, struct io_u *io_u, int error)
{
	submit_stamp(td, io_u);
	return end_now(td, io_u, error, error ? CONTEXT_NOT_SENT : 0);
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
	return unsent(job->td, io_u, EINVAL);
}

static inline enum fio_q_status queue_transfer(struct vblk_job *job, struct vblk_queue *q,
					       struct virtq_slot *slot, struct io_u *io_u,
					       bool read)
{
	uint64_t place = (uint64_t)((unsigned char *)io_u->xfer_buf - job->arena);
	uint64_t bytes = io_u->xfer_buflen;
	uint32_t piece = q->piece;

	if (UNLIKELY(submit_out_of_place(q, io_u->offset, bytes) ||
		     bytes > (uint64_t)piece * q->segments))
		return submit_refuse(job, q, io_u, io_u->offset, bytes,
				     "is larger than a request can be");
	if (UNLIKELY(bytes > job->arena_bytes || place > job->arena_bytes - bytes))
		return unsent(job->td, io_u, EFAULT);
	if (UNLIKELY(q->segments > 1)) {
		/* Even pieces, in whole sectors. */
		piece = (uint32_t)((bytes / BLK_SECTOR_BYTES + q->segments - 1) / q->segments *
				   BLK_SECTOR_BYTES);
		q->stats.descriptors += (bytes - 1) / piece;
	}
	blk_request_begin(slot, read ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT,
			  io_u->offset / BLK_SECTOR_BYTES);
	if (read) {
		q->stats.reads++;
		if (job->poison)
			memset(io_u->xfer_buf, job->poison_byte, bytes);
	} else {
		q->stats.writes++;
	}
	virtq_add(q->vq, slot, io_u, ARENA_IOVA + place, (uint32_t)bytes, piece, read);
	return submit_queued(job, q, io_u);
}

static enum fio_q_status queue_flush(struct vblk_job *job, struct vblk_queue *q,
				     struct virtq_slot *slot, struct io_u *io_u)
{
	/* A device without a volatile cache has what it acknowledged. */
	if (!q->writeback)
		return unsent(job->td, io_u, 0);
	q->stats.flushes++;
	blk_request_begin(slot, VIRTIO_BLK_T_FLUSH, 0);
	virtq_add(q->vq, slot, io_u, 0, 0, q->piece, false);
	return submit_queued(job, q, io_u);
}

/* Whether a queue that is not alive is again: it may be parked, and its device be back. */
static bool comes_back(struct vblk_job *job, struct vblk_queue *q)
{
	if (q->dead != QUEUE_PARKED)
		return false;
	/* To be turned away is not for everybody: see job_adjust_options(). */
	while (!park_look(job, q) && q->dead == QUEUE_PARKED && job->never_busy &&
	       !job->td->terminate)
		;
	return !q->dead;
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
	struct vblk_job *job = td->io_ops_data;
	struct virtq_slot *slot;

	if (UNLIKELY(q->dead && !comes_back(job, q)))
		return q->dead == QUEUE_PARKED ? FIO_Q_BUSY : unsent(td, io_u, q->dead);
	slot = virtq_slot_free(q->vq);
	if (UNLIKELY(!slot)) {
		q->stats.busy++;
		return FIO_Q_BUSY;
	}
	switch (io_u->ddir) {
	case DDIR_READ:
		return queue_transfer(job, q, slot, io_u, true);
	case DDIR_WRITE:
		return queue_transfer(job, q, slot, io_u, false);
	case DDIR_TRIM:
		return trim_queue(job, q, io_u);
	case DDIR_SYNC:
	case DDIR_DATASYNC:
	case DDIR_SYNC_FILE_RANGE:
		return queue_flush(job, q, slot, io_u);
	default:
		return unsent(td, io_u, EINVAL);
	}
}

/**
 * submit_publish - show the device what was added to a queue, and notify it if it asks for that
 * @q: queue
 */
void submit_publish(struct vblk_queue *q)
{
	unsigned int outstanding = virtq_outstanding(q->vq);

	q->queued = 0;
	q->stats.publishes++;
	if (outstanding > q->stats.depth)
		q->stats.depth = outstanding;
	if (virtq_publish(q->vq)) {
		uint64_t one = 1;

		q->stats.kicks++;
		/* EAGAIN: the counter is full, so that the device has plenty to wake up for. */
		if (write(q->kick_fd, &one, sizeof(one)) < 0)
			return;
	}
}

/**
 * submit_commit - show the devices all requests added since the last time
 * @job: job
 */
void submit_commit(struct vblk_job *job)
{
	struct thread_data *td = job->td;
	unsigned int n = job->nqueued, i;

	if (!n)
		return;
	/* Issued is when the device can see it: the time before the store, lest a fast device be
	 * there first. Where requests may have to be put in order by it, fio need not want it. */
	if (fio_fill_issue_time(td) || UNLIKELY(job->again)) {
		struct timespec now;

		fio_gettime(&now, NULL);
		for (i = 0; i < n; i++)
			job->queued[i]->issue_time = now;
	}
	if (fio_fill_issue_time(td)) {
		for (i = 0; i < n; i++)
			io_u_queued(td, job->queued[i]);
		if (td->o.read_iolog_file)
			td->last_issue = job->queued[n - 1]->issue_time;
	}
	job->nqueued = 0;
	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].queued)
			submit_publish(&job->queue[i]);
	io_u_mark_submit(td, n);
}

/**
 * vblk_commit - fio's commit()
 * @td: fio's view of the job
 */
int vblk_commit(struct thread_data *td)
{
	submit_commit(td->io_ops_data);
	return 0;
}
