// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engine/command.h"
#include "engine/commit.h"
#include "engine/context.h"
#include "engine/job.h"
#include "engine/park.h"
#include "engine/reap.h"
#include "engine/request.h"
#include "engine/wait.h"
#include "vhost/blk/blk_request.h"
#include "vhost/blk/blk_status.h"
#include "virtq/virtq_ops.h"

/*
 * Waits until a request can be put on a ring; fio may be in the midst of going through what
 * completed before. What completes meanwhile is kept for the next getevents(). Returns the slot
 * that is free, or NULL: the queue was given up.
 */
static struct virtq_slot *await_slot(struct vblk_job *job, struct vblk_queue *q)
{
	struct io_u **events = job->events;

	/* What was queued before goes out before, with its time of issue. */
	commit_job(job);
	job->events = job->stash;
	while (q->state == QUEUE_PARKED ||
	       (q->state == QUEUE_LIVE && (q->held || !virtq_slot_free(q->vq)))) {
		/* With nothing outstanding there is nothing to wait for but the device itself. */
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
 * command_await_room - have room for a request of fio's on a ring that has none at present
 * @q: queue
 * @io_u: request
 * @status: set if there is none: what queue() returns
 *
 * In a job that verifies the room is waited for: fio would make a request anew that is turned away,
 * and draw another seed for its contents. Returns true if there is room.
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

/* Waits until a command is back, or it is clear that it will not come; what completes beside it is
 * put aside. */
static void await_command(struct vblk_job *job, struct vblk_queue *q,
			  const struct vblk_command *command)
{
	struct io_u **events = job->events;

	job->command = command;
	job->events = job->stash;
	while (!command->done && !command->lost && q->state != QUEUE_FAILED &&
	       virtq_outstanding(q->vq))
		job->stashed =
			(unsigned int)job_wait(job, job->stashed, job->stashed + 1, job->depth + 1);
	/* A queue that was given up hands its requests back. */
	if (!command->done && q->state == QUEUE_FAILED)
		job->stashed = job_take_failed(job, q, job->stashed, job->depth + 1);
	job->events = events;
	job->command = NULL;
}

/**
 * command_run - have the device do something, and wait until it has
 * @job: job; fio may be in the midst of going through what completed before
 * @q: its queue; without a slot free one is waited for
 * @type: request type
 * @sector: where, or 0
 * @bytes: length of its data, in @q->command_data
 * @device_writes: the data is the device's to write
 * @status: set to the device's answer, BLK_STATUS_NONE for none
 *
 * What else completes meanwhile is kept for the next getevents(). With vblk_reconnect= a device
 * that went away is asked again when it is back. Returns 0, or a negative errno: that of the
 * status, or why the queue was given up.
 */
int command_run(struct vblk_job *job, struct vblk_queue *q, uint32_t type, uint64_t sector,
		uint32_t bytes, bool device_writes, uint8_t *status)
{
	struct vblk_command command;
	struct virtq_slot *slot;

	*status = BLK_STATUS_NONE;
	do {
		command = (struct vblk_command){ .status = VIRTIO_BLK_S_OK };
		slot = await_slot(job, q);
		if (!slot)
			return -q->error;
		(*(type == VIRTIO_BLK_T_FLUSH ? &q->stats.flushes : &q->stats.commands))++;
		q->tagged++;
		blk_request_begin(slot, type, sector);
		virtq_add(q->vq, slot, context_command(&command),
			  q->iova + (uint64_t)(q->command_data - q->arena), bytes, UINT32_MAX,
			  device_writes);
		/* A device may write as much as there is to report. */
		q->vq->open_ended = bytes && device_writes ? slot : NULL;
		commit_publish(q);
		await_command(job, q, &command);
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
 * command_take_stash - what completed while commands were waited for
 * @job: job; its events are filled from the first on
 * @max: most of them
 *
 * Returns how many there are.
 */
unsigned int command_take_stash(struct vblk_job *job, unsigned int max)
{
	unsigned int n = job->stashed < max ? job->stashed : max;

	memcpy(job->events, job->stash, n * sizeof(*job->events));
	job->stashed -= n;
	memmove(job->stash, job->stash + n, job->stashed * sizeof(*job->stash));
	return n;
}
