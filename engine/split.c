// SPDX-License-Identifier: GPL-2.0-only
#include "engine/commit.h"
#include "engine/context.h"
#include "engine/split.h"
#include "vhost/blk/blk_request.h"
#include "virtq/virtq_ops.h"

static void put_flush(struct vblk_queue *q, struct io_u *io_u)
{
	struct virtq_slot *slot = virtq_slot_free(q->vq);

	q->stats.flushes++;
	blk_request_begin(slot, VIRTIO_BLK_T_FLUSH, 0);
	virtq_add(q->vq, slot, context_part(io_u), 0, 0, q->piece, false);
}

/*
 * Puts as many requests on the ring as there is room for. One always fits where none is out: the
 * last one to come back left its slot.
 */
static void go_on(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io)
{
	while (!io_u->error && (!io->out || queue_free(q) > q->reserved)) {
		if (!io->put_next(q, io_u, io)) {
			/* A flush covers what completed before it was sent (VIRTIO 1.3, 5.2.6.2).
			 */
			if (io->out || io->flushed || !q->sync || io_u->ddir != DDIR_WRITE)
				break;
			put_flush(q, io_u);
			io->flushed = true;
		}
		io->out++;
		q->tagged++;
	}
	if (!q->ordered || io_u->ddir != DDIR_WRITE)
		return;
	/* A zone is written from its beginning to its end: no other write goes in between. */
	if (!io_u->error && io->at < io_u->xfer_buflen)
		q->held = io_u;
	else if (q->held == io_u)
		q->held = NULL;
}

/**
 * split_begin - put the first requests of an io_u on the ring
 * @q: queue, with a slot free
 * @io_u: io_u; for a trim, its ranges are known (trim.c)
 * @put_next: puts the next of its requests on the ring
 */
enum fio_q_status split_begin(struct vblk_queue *q, struct io_u *io_u, request_put_next *put_next)
{
	struct vblk_io *io = request_io(io_u);

	io->put_next = put_next;
	io->out = 0;
	io->at = 0;
	io->range = 0;
	io->flushed = false;
	io_u->error = 0;
	go_on(q, io_u, io);
	return request_queued(q, io_u);
}

/**
 * split_settle - one of an io_u's requests is back
 * @q: queue
 * @io_u: io_u; its error is set if the request failed
 *
 * Further requests of the io_u are not published yet. Returns the io_u if it has completed, else
 * NULL.
 */
struct io_u *split_settle(struct vblk_queue *q, struct io_u *io_u)
{
	struct vblk_io *io = request_io(io_u);

	io->out--;
	if (q->state == QUEUE_LIVE) {
		/* What fio queued before is published with its time of issue. */
		if (q->nqueued)
			commit_job(q->job);
		go_on(q, io_u, io);
	}
	return io->out ? NULL : io_u;
}
