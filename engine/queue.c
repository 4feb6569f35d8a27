// SPDX-License-Identifier: GPL-2.0-only
/* The end of a queue before its time. */
#include "engine/queue.h"
#include "engine/run.h"

/**
 * queue_fail - give up a queue: everything outstanding and all that follows ends with an error
 * @q: queue
 * @error: positive errno
 *
 * The device may still write to the queue's memory, so nobody may use it again.
 */
void queue_fail(struct vblk_queue *q, int error)
{
	q->state = QUEUE_FAILED;
	q->error = error;
	q->nqueued = 0;
	atomic_store(&q->shared->retired, 1);
}

/**
 * queue_fail_strictly - give up a queue whose device did what is gone past without vblk_strict
 * @q: queue
 * @what: what it did
 */
void queue_fail_strictly(struct vblk_queue *q, const char *what)
{
	log_err("vblk: %s: job '%s': queue %u: device error: %s (vblk_strict)\n", q->device->path,
		q->td->o.name, q->index, what);
	queue_fail(q, EPROTO);
	/* No request need be left for it to fail. */
	if (!q->td->error)
		td_verror(q->td, EPROTO, "vblk_strict");
}
