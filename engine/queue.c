// SPDX-License-Identifier: GPL-2.0-only
/* Failing a queue. */
#include "engine/queue.h"
#include "engine/share.h"
#include "engine/run.h"

/**
 * queue_fail - end all outstanding and later requests of a queue with an error
 * @q: queue
 * @error: positive errno
 *
 * The device may still write to the memory of the queue. Therefore the queue is retired: no job
 * uses it again.
 */
void queue_fail(struct vblk_queue *q, int error)
{
	q->state = QUEUE_FAILED;
	q->error = error;
	q->nqueued = 0;
	q->ncommitted = 0;
	q->command = NULL;
	/* If a job gives up its requests on a shared queue, the other jobs continue. */
	if (q->share && !q->share->error)
		atomic_store(&q->self->gone, true);
	else
		atomic_store(&q->shared->retired, 1);
}

/**
 * queue_fail_strictly - fail a queue for a deviation of the device that vblk_strict makes an error
 * @q: queue
 * @what: description of the deviation
 */
void queue_fail_strictly(struct vblk_queue *q, const char *what)
{
	log_err("vblk: %s: job '%s': queue %u: device error: %s (vblk_strict)\n", q->device->path,
		q->td->o.name, q->index, what);
	queue_fail(q, EPROTO);
	/* Fail the job here, because the queue may have no request left that could fail. */
	if (!q->td->error)
		td_verror(q->td, EPROTO, "vblk_strict");
}
