// SPDX-License-Identifier: GPL-2.0-only
#include "engine/job.h"
#include "engine/request.h"
#include "engine/run.h"
#include "vhost/blk/blk_request.h"
#include "virtq/virtq_ops.h"

/**
 * request_stamp - set the issue time of a request that ends within queue()
 * @td: fio's view of the job
 * @io_u: request
 *
 * With FIO_ASYNCIO_SETS_ISSUE_TIME, the engine must set the issue time.
 */
void request_stamp(struct thread_data *td, struct io_u *io_u)
{
	if (!fio_fill_issue_time(td))
		return;
	fio_gettime(&io_u->issue_time, NULL);
	if (td->o.read_iolog_file)
		td->last_issue = io_u->issue_time;
}

/* Complete a request within queue(). settle_errdetails() describes @ended. */
static enum fio_q_status end_now(struct thread_data *td, struct io_u *io_u, int error,
				 unsigned int ended)
{
	io_u->error = (unsigned int)error;
	request_io(io_u)->ended = ended;
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	return FIO_Q_COMPLETED;
}

/**
 * request_complete - complete a request within queue() that a command has carried out
 * @td: fio's view of the job
 * @io_u: request; its issue time is set
 * @error: positive errno, or 0
 *
 * Returns FIO_Q_COMPLETED.
 */
enum fio_q_status request_complete(struct thread_data *td, struct io_u *io_u, int error)
{
	return end_now(td, io_u, error, VBLK_NO_ANSWER);
}

/**
 * request_unsent - complete a request within queue() without sending anything to the device
 * @td: fio's view of the job
 * @io_u: request
 * @error: positive errno, or 0
 *
 * Returns FIO_Q_COMPLETED.
 */
enum fio_q_status request_unsent(struct thread_data *td, struct io_u *io_u, int error)
{
	request_stamp(td, io_u);
	return end_now(td, io_u, error, VBLK_NOT_SENT);
}

/**
 * request_add_flush - add a flush to the ring
 * @q: queue with a free slot
 * @ctx: context of the request
 */
void request_add_flush(struct vblk_queue *q, void *ctx)
{
	struct virtq_slot *slot = virtq_slot_free(q->vq);

	q->stats.flushes++;
	blk_request_begin(slot, VIRTIO_BLK_T_FLUSH, 0);
	request_add(q, slot, ctx, 0, 0, q->piece, false);
}

/**
 * request_compare_age - compare io_us by issue time, for qsort()
 * @a: pointer to a pointer to an io_u
 * @b: pointer to a pointer to another io_u
 *
 * The io_us of one commit() have the same issue time.
 */
int request_compare_age(const void *a, const void *b)
{
	const struct timespec *left = &(*(struct io_u *const *)a)->issue_time;
	const struct timespec *right = &(*(struct io_u *const *)b)->issue_time;

	if (left->tv_sec != right->tv_sec)
		return left->tv_sec < right->tv_sec ? -1 : 1;
	return left->tv_nsec < right->tv_nsec ? -1 : left->tv_nsec > right->tv_nsec;
}

/**
 * request_refuse - complete a request with EINVAL because it cannot be sent
 * @job: job
 * @q: queue
 * @io_u: request
 * @offset: offset in bytes of the request, or of that range of a trim which is invalid
 * @bytes: length in bytes of the request or range at @offset
 * @why: end of the message if the range consists of whole blocks within the device
 *
 * Prints a message for the first such request of a job. Returns FIO_Q_COMPLETED.
 */
enum fio_q_status request_refuse(struct vblk_job *job, const struct vblk_queue *q,
				 struct io_u *io_u, uint64_t offset, uint64_t bytes,
				 const char *why)
{
	if (!job->refused)
		log_err("vblk: %s: job '%s': request at offset %llu of %llu bytes %s\n",
			q->device->path, job->td->o.name, (unsigned long long)offset,
			(unsigned long long)bytes,
			(offset | bytes) & q->block_mask
				? "is not aligned to the logical blocks of the device"
			: request_out_of_bounds(q, offset, bytes)
				? "extends past the end of the device"
				: why);
	job->refused = true;
	return request_unsent(job->td, io_u, EINVAL);
}
