// SPDX-License-Identifier: GPL-2.0-only
#include "engine/context.h"
#include "engine/split.h"
#include "virtq/virtq_ops.h"

/* Return true if a request of a split io_u can be added. In a queue that is not shared, an io_u
 * that has no request on the ring can use the slot of its last completed request. */
static bool has_room(const struct vblk_queue *q, const struct vblk_io *io)
{
	if (q->share)
		return share_room(q->share, q->self);
	return !io->out || queue_free(q) > q->reserved;
}

/*
 * Add as many requests of an io_u as the ring has room for. If no request can be added and no
 * request of the io_u is on the ring, the io_u waits for a slot (@waits). This happens only with
 * shared queues.
 */
static void add_parts(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io)
{
	bool complete = false;

	while (!io_u->error && has_room(q, io)) {
		if (!io->add_next(q, io_u, io)) {
			/* A flush covers only writes that completed before the flush was sent
			 * (VIRTIO 1.3, 5.2.6.2). */
			complete = io->out || io->flushed || !q->sync || io_u->ddir != DDIR_WRITE;
			if (complete)
				break;
			request_add_flush(q, context_part(io_u));
			io->flushed = true;
		}
		io->out++;
		q->tagged++;
	}
	io->waits = !io->out && !complete && !io_u->error;
	if (!q->ordered || io_u->ddir != DDIR_WRITE)
		return;
	/* A zone must be written sequentially: other writes wait until all requests of this one
	 * are on the ring. */
	if (!io_u->error && io->at < io_u->xfer_buflen)
		q->held = io_u;
	else if (q->held == io_u)
		q->held = NULL;
}

/**
 * split_begin - add the first requests of a split io_u to the ring
 * @q: queue with a free slot
 * @io_u: io_u; for a trim, the ranges in its struct vblk_io are set (trim.c)
 * @add_next: function that adds the next request of the io_u
 */
void split_begin(struct vblk_queue *q, struct io_u *io_u, request_add_next *add_next)
{
	struct vblk_io *io = request_io(io_u);

	io->add_next = add_next;
	io->out = 0;
	io->at = 0;
	io->range = 0;
	io->flushed = false;
	io_u->error = 0;
	add_parts(q, io_u, io);
}

/**
 * split_settle - handle the completion of one request of a split io_u
 * @q: queue
 * @io_u: io_u; its error is set if one of its requests failed
 *
 * Adds further requests of the io_u if there are any, but does not publish them. Returns the io_u
 * if it has completed, otherwise NULL.
 */
struct io_u *split_settle(struct vblk_queue *q, struct io_u *io_u)
{
	struct vblk_io *io = request_io(io_u);

	io->out--;
	if (q->state == QUEUE_LIVE)
		add_parts(q, io_u, io);
	return io->out || io->waits ? NULL : io_u;
}

/**
 * split_continue - add further requests of a split io_u that waited for a slot
 * @q: shared queue with a free slot
 * @io_u: io_u
 */
void split_continue(struct vblk_queue *q, struct io_u *io_u)
{
	add_parts(q, io_u, request_io(io_u));
}
