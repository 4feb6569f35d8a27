// SPDX-License-Identifier: GPL-2.0-only
#include "engine/add.h"
#include "engine/command.h"
#include "engine/job.h"
#include "engine/park.h"
#include "engine/request.h"
#include "engine/submit.h"
#include "engine/trim.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/* Wait a short time for the device of a parked queue to come back. Return true if the queue is live
 * again. */
static bool wait_until_live(struct vblk_job *job, struct vblk_queue *q)
{
	if (q->state != QUEUE_PARKED)
		return false;
	/* Jobs that must not get FIO_Q_BUSY (see command_await_room()) wait without a limit. */
	while (!park_wait(job, q) && q->state == QUEUE_PARKED && job->never_busy)
		;
	return q->state == QUEUE_LIVE;
}

/* Queue a request other than a read or write, or any request on a queue that is not live. */
static __attribute__((noinline)) enum fio_q_status queue_slow(struct thread_data *td,
							      struct vblk_queue *q,
							      struct io_u *io_u)
{
	struct vblk_job *job = td->io_ops_data;
	enum fio_q_status status;

	if (UNLIKELY(q->state != QUEUE_LIVE && !wait_until_live(job, q)))
		return q->state == QUEUE_PARKED ? FIO_Q_BUSY : request_unsent(td, io_u, q->error);
	if (UNLIKELY(!q->share && !virtq_slot_free(q->vq)) && !command_await_room(q, io_u, &status))
		return status;
	switch (io_u->ddir) {
	case DDIR_READ:
	case DDIR_WRITE:
		return q->transfer[io_u->ddir](q, io_u);
	case DDIR_TRIM:
		status = trim_check(job, q, io_u);
		break;
	case DDIR_SYNC:
	case DDIR_DATASYNC:
	case DDIR_SYNC_FILE_RANGE:
		/* Without a volatile cache, completed writes are durable, and nothing is sent. */
		status = q->writeback ? FIO_Q_QUEUED : request_unsent(td, io_u, 0);
		break;
	default:
		return request_unsent(td, io_u, EINVAL);
	}
	if (status != FIO_Q_QUEUED)
		return status;
	if (q->share)
		return request_accepted(q, io_u);
	add_io_u(q, io_u);
	return request_queued(q, io_u);
}

/**
 * vblk_queue_io - fio's queue(): add a request to the ring
 * @td: fio's view of the job
 * @io_u: request
 *
 * Returns FIO_Q_QUEUED, FIO_Q_COMPLETED if the request ended without being sent, or FIO_Q_BUSY if
 * the ring has no room or the device is away.
 */
enum fio_q_status vblk_queue_io(struct thread_data *td, struct io_u *io_u)
{
	struct vblk_queue *q = FILE_ENG_DATA(io_u->file);

	_Static_assert(DDIR_READ == 0 && DDIR_WRITE == 1, "transfer[] is indexed by direction");
	if (UNLIKELY(q->state != QUEUE_LIVE || io_u->ddir > DDIR_WRITE))
		return queue_slow(td, q, io_u);
	return q->transfer[io_u->ddir](q, io_u);
}
