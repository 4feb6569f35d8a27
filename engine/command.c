// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engine/command.h"
#include "engine/context.h"
#include "engine/submit.h"
#include "vhost/blk_request.h"
#include "vhost/blk_status.h"
#include "virtq/virtq_ops.h"

/**
 * command_run - have the device do something, and wait until it has
 * @job: job; fio may be in the midst of going through what completed before
 * @q: its queue, where a slot is kept for this
 * @type: request type
 * @sector: where, or 0
 * @bytes: length of its data, in @q->command_data
 * @device_writes: the data is the device's to write
 * @status: set to the device's answer, BLK_STATUS_NONE for none
 *
 * What else completes meanwhile is kept for the next getevents(). Returns 0, or a negative errno:
 * that of the status, or why the queue was given up.
 */
int command_run(struct vblk_job *job, struct vblk_queue *q, uint32_t type, uint64_t sector,
		uint32_t bytes, bool device_writes, uint8_t *status)
{
	struct vblk_command command = { .status = VIRTIO_BLK_S_OK };
	struct io_u **events = job->events;
	struct virtq_slot *slot;

	*status = BLK_STATUS_NONE;
	if (q->dead)
		return -q->dead;
	/* What was queued before goes out before, with its time of issue. */
	submit_commit(job);
	slot = virtq_slot_free(q->vq);
	if (!slot)
		return -EBUSY;
	q->stats.commands++;
	q->apart++;
	blk_request_begin(slot, type, sector);
	virtq_add(q->vq, slot, context_command(&command),
		  q->iova + (uint64_t)(q->command_data - q->arena), bytes, UINT32_MAX,
		  device_writes);
	/* A device may write as much as there is to report. */
	q->vq->open_ended = bytes && device_writes ? slot : NULL;
	submit_publish(q);

	job->command = &command;
	job->events = job->stash;
	while (!command.done && !q->dead && virtq_outstanding(q->vq))
		job->stashed =
			(unsigned int)job_wait(job, job->stashed, job->stashed + 1, job->depth + 1);
	/* A queue that was given up hands its requests back. */
	if (!command.done && q->dead)
		job->stashed = job_take_dead(job, q, job->stashed, job->depth + 1);
	q->vq->open_ended = NULL;
	job->events = events;
	job->command = NULL;
	if (q->dead || !command.done)
		return q->dead ? -q->dead : -EPROTO;
	*status = command.status;
	return -blk_status_error(command.status, queue_is_zoned(q));
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
