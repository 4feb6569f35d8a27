// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engine/add.h"
#include "engine/command.h"
#include "engine/commit.h"
#include "engine/context.h"
#include "engine/job.h"
#include "engine/park.h"
#include "engine/reap.h"
#include "engine/request.h"
#include "engine/shared_queue.h"
#include "engine/wait.h"
#include "vhost/blk/blk_status.h"
#include "virtq/virtq_ops.h"

/*
 * Wait until a request can be added to the ring. fio may still be processing the events of the last
 * getevents(), so io_us that complete meanwhile go to the stash, for the next getevents().
 * Return the free slot, or NULL if the queue has failed.
 */
static struct virtq_slot *await_slot(struct vblk_job *job, struct vblk_queue *q)
{
	struct io_u **events = job->events;

	/* Publish the io_us that fio has queued, so that they can complete; this sets their issue
	 * time. */
	commit_job(job);
	job->events = job->stash;
	while (q->state == QUEUE_PARKED ||
	       (q->state == QUEUE_LIVE && (q->held || !virtq_slot_free(q->vq)))) {
		/* job_wait() returns at once if no request is outstanding: wait for the device. */
		if (q->state == QUEUE_PARKED && !virtq_outstanding(q->vq))
			park_wait(job, q);
		else
			job->stashed = (unsigned int)job_wait(job, job->stashed, job->stashed + 1,
							      job->depth + 1);
	}
	job->events = events;
	return q->state == QUEUE_LIVE ? virtq_slot_free(q->vq) : NULL;
}

/**
 * command_await_room - handle an io_u for which the ring has no room
 * @q: queue
 * @io_u: request
 * @status: set to the return value of queue() if the function returns false
 *
 * Most jobs return FIO_Q_BUSY. Jobs that verify or use zonemode=zbd (@never_busy) wait for room
 * instead. After FIO_Q_BUSY, fio would create the request again with a new seed for its contents,
 * so that the verification fails. Returns true if the ring has room now.
 */
bool command_await_room(struct vblk_queue *q, struct io_u *io_u, enum fio_q_status *status)
{
	q->stats.busy++;
	*status = FIO_Q_BUSY;
	if (!q->job->never_busy)
		return false;
	if (await_slot(q->job, q))
		return true;
	*status = request_unsent(q->td, io_u, q->error);
	return false;
}

/* Wait until a command has completed or cannot complete any more. io_us that complete meanwhile go
 * to the stash. */
static void await_command(struct vblk_job *job, struct vblk_queue *q,
			  const struct vblk_command *command)
{
	struct io_u **events = job->events;

	job->command = command;
	job->events = job->stash;
	while (!command->done && !command->lost && q->state != QUEUE_FAILED && queue_outstanding(q))
		job->stashed =
			(unsigned int)job_wait(job, job->stashed, job->stashed + 1, job->depth + 1);
	/* Take back the outstanding requests of a failed queue, including the command. */
	if (!command->done && q->state == QUEUE_FAILED)
		job->stashed = q->share ? shared_take_failed(job, q, job->stashed, job->depth + 1)
					: job_take_failed(job, q, job->stashed, job->depth + 1);
	job->events = events;
	job->command = NULL;
}

/* Send a command, after waiting for a free slot. Return false if the queue fails meanwhile. */
static bool send_command(struct vblk_job *job, struct vblk_queue *q, struct vblk_command *command)
{
	if (q->share) {
		while (q->state == QUEUE_PARKED && !park_wait(job, q))
			;
		q->command = command;
		shared_commit(q);
		return q->state != QUEUE_FAILED;
	}
	if (!await_slot(job, q))
		return false;
	add_command(q, command);
	commit_publish(q);
	return true;
}

/**
 * command_run - send a command to the device, and wait until the command has completed
 * @job: job; fio may still be processing the events of the last getevents()
 * @q: queue of the job; the function waits for a free slot
 * @type: request type
 * @sector: sector field of the request header
 * @bytes: length in bytes of the command's data, in @q->command_data
 * @device_writes: the data is device-writable
 * @status: set to the status byte of the device, BLK_STATUS_NONE if the device wrote none
 *
 * io_us that complete meanwhile are kept for the next getevents(). With vblk_reconnect=,
 * if the device goes away, the command is sent again after the device has come back. Returns 0, or
 * a negative errno that stands for the status byte or is the error of the failed queue.
 */
int command_run(struct vblk_job *job, struct vblk_queue *q, uint32_t type, uint64_t sector,
		uint32_t bytes, bool device_writes, uint8_t *status)
{
	struct vblk_command command;

	*status = BLK_STATUS_NONE;
	do {
		command = (struct vblk_command){
			.status = VIRTIO_BLK_S_OK,
			.type = type,
			.sector = sector,
			.bytes = bytes,
			.device_writes = device_writes,
		};
		if (!send_command(job, q, &command))
			return -q->error;
		await_command(job, q, &command);
		if (!q->share)
			q->vq->open_ended = NULL;
	} while (command.lost && q->state != QUEUE_FAILED);
	if (q->state == QUEUE_FAILED)
		return -q->error;
	if (!command.done)
		return -EPROTO;
	*status = command.status;
	return -blk_status_error(command.status, q->zoned);
}

/**
 * command_take_stash - move requests that completed during commands to the events of the job
 * @job: job; @job->events is filled from its start
 * @max: maximum number of requests to move
 *
 * Returns the number of requests moved.
 */
unsigned int command_take_stash(struct vblk_job *job, unsigned int max)
{
	unsigned int n = job->stashed < max ? job->stashed : max;

	memcpy(job->events, job->stash, n * sizeof(*job->events));
	job->stashed -= n;
	memmove(job->stash, job->stash + n, job->stashed * sizeof(*job->stash));
	return n;
}
