// SPDX-License-Identifier: GPL-2.0-only
#include "engine/job.h"
#include "engine/request.h"
#include "engine/run.h"

/**
 * request_stamp - note the time of a request that ends within queue(): fio leaves that to us
 * @td: fio's view of the job
 * @io_u: request
 */
void request_stamp(struct thread_data *td, struct io_u *io_u)
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
	request_io(io_u)->ended = ended;
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	return FIO_Q_COMPLETED;
}

/**
 * request_complete - end a request within queue() that was done by other means
 * @td: fio's view of the job
 * @io_u: request, stamped when it began
 * @error: positive errno, or 0
 */
enum fio_q_status request_complete(struct thread_data *td, struct io_u *io_u, int error)
{
	return end_now(td, io_u, error, VBLK_NO_ANSWER);
}

/**
 * request_unsent - end a request within queue() that nothing is sent to the device for
 * @td: fio's view of the job
 * @io_u: request
 * @error: positive errno, or 0
 */
enum fio_q_status request_unsent(struct thread_data *td, struct io_u *io_u, int error)
{
	request_stamp(td, io_u);
	return end_now(td, io_u, error, VBLK_NOT_SENT);
}

/**
 * request_refuse - what the job asks for can't be sent; the first time it is said why
 * @job: job
 * @q: queue
 * @io_u: request, which ends with EINVAL
 * @offset: where it, or the range of it that is at fault, begins
 * @bytes: and its length
 * @why: what is wrong with it, if it has a place that could be
 */
enum fio_q_status request_refuse(struct vblk_job *job, const struct vblk_queue *q,
				 struct io_u *io_u, uint64_t offset, uint64_t bytes,
				 const char *why)
{
	if (!job->refused)
		log_err("vblk: %s: job '%s': request at offset %llu of %llu bytes %s\n",
			q->device->path, job->td->o.name, (unsigned long long)offset,
			(unsigned long long)bytes,
			(offset | bytes) & q->block_mask ? "is not whole blocks of the device"
			: request_out_of_bounds(q, offset, bytes)
				? "goes past the end of the device"
				: why);
	job->refused = true;
	return request_unsent(job->td, io_u, EINVAL);
}
