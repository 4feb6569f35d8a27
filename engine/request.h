/* SPDX-License-Identifier: GPL-2.0-only */
/* State of io_us, and functions that add requests to the ring, for all kinds of requests. */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include "engine/queue.h"
#include "engine/share.h"
#include "virtq/virtq_ops.h"

/* Values of @ended in struct vblk_io that are not status bytes: the device gave no answer
 * (VBLK_NO_ANSWER), or the request was not sent to the device (VBLK_NOT_SENT). */
#define VBLK_NO_ANSWER 0x100
#define VBLK_NOT_SENT  0x101

struct vblk_io;

/**
 * typedef request_add_next - add the next request of a split io_u to the ring
 * @q: queue; a slot is free if the io_u has requests left to add
 * @io_u: io_u
 * @io: the engine's state of @io_u
 *
 * Returns false, and adds nothing, if all requests of the io_u have already been added.
 */
typedef bool request_add_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io);

/**
 * struct vblk_io - the engine's state of an io_u, whose engine_data points to it
 * @ended: if the io_u failed: the status byte, VBLK_NO_ANSWER or VBLK_NOT_SENT
 * @out: split io_u (split.c): number of its requests that are on the ring
 * @at: number of bytes of a split transfer, or of a trim's current range, that the requests added
 *	so far cover
 * @flushed: split write: the flush that follows the write was added
 * @add_next: split io_u: function that adds its next request
 * @range: trim: index of the current range
 * @nranges: trim: number of entries in @ranges
 * @ranges: trim: ranges to trim
 * @io_u: the io_u
 * @queue: shared queue: the queue that has accepted the io_u; NULL after the io_u has completed
 * @added: shared queue: requests of the io_u are on the ring
 * @issued: shared queue: the io_u has its issue time
 * @waits: shared queue: a split io_u with no request on the ring waits for a slot to continue
 */
struct vblk_io {
	unsigned int ended;
	uint32_t out;
	uint64_t at;
	bool flushed;
	request_add_next *add_next;
	uint32_t range;
	uint32_t nranges;
	struct vblk_trim_range *ranges;
	struct io_u *io_u;
	struct vblk_queue *queue;
	bool added;
	bool issued;
	bool waits;
};

void request_stamp(struct thread_data *td, struct io_u *io_u);
int request_compare_age(const void *a, const void *b);
void request_add_flush(struct vblk_queue *q, void *ctx);
enum fio_q_status request_complete(struct thread_data *td, struct io_u *io_u, int error);
enum fio_q_status request_unsent(struct thread_data *td, struct io_u *io_u, int error);
enum fio_q_status request_refuse(struct vblk_job *job, const struct vblk_queue *q,
				 struct io_u *io_u, uint64_t offset, uint64_t bytes,
				 const char *why);

/**
 * request_add - add a request to the ring
 * @q: queue; if it is shared, locked by the caller
 * @slot: free slot, from virtq_slot_free()
 * @ctx: context of the request
 * @iova: I/O virtual address of the data
 * @bytes: length of the data, 0 = no data
 * @piece: maximum bytes per data descriptor
 * @device_writes: the data is device-writable
 */
static inline void request_add(struct vblk_queue *q, struct virtq_slot *slot, void *ctx,
			       uint64_t iova, uint32_t bytes, uint32_t piece, bool device_writes)
{
	if (q->share) {
		ctx = share_context(q->sharer, ctx);
		share_used(q->share, q->self);
		q->out++;
	}
	virtq_add(q->vq, slot, ctx, iova, bytes, piece, device_writes);
}

static inline struct vblk_io *request_io(const struct io_u *io_u)
{
	return io_u->engine_data;
}

/* Remember an io_u whose requests were added to the ring; the next commit() publishes them. */
static inline enum fio_q_status request_queued(struct vblk_queue *q, struct io_u *io_u)
{
	q->queued[q->nqueued++] = io_u;
	return FIO_Q_QUEUED;
}

/* Accept an io_u for a shared queue. The next commit() adds the io_u to the ring, if slots are
 * free. */
static inline enum fio_q_status request_accepted(struct vblk_queue *q, struct io_u *io_u)
{
	struct vblk_io *io = request_io(io_u);

	io->queue = q;
	io->added = io->issued = io->waits = false;
	return request_queued(q, io_u);
}

/* Return true if the range is not whole logical blocks, is empty, or is not within the device. */
static inline bool request_out_of_bounds(const struct vblk_queue *q, uint64_t offset,
					 uint64_t bytes)
{
	return ((offset | bytes) & q->block_mask) || !bytes || offset > q->capacity_bytes ||
	       bytes > q->capacity_bytes - offset;
}

#endif
