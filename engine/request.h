/* SPDX-License-Identifier: GPL-2.0-only */
/* What requests of all kinds have in common between fio's queue() and the ring. */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include "engine/queue.h"

/* In the place of a status byte that an io_u ended with: the device wrote none, nothing was sent.
 */
#define VBLK_NO_ANSWER 0x100
#define VBLK_NOT_SENT  0x101

struct vblk_io;

/**
 * typedef request_put_next - put the next request of a split io_u on the ring
 * @q: queue, with a slot free unless there is none left to put
 * @io_u: io_u
 * @io: how far it has come
 *
 * Returns false if all of them were.
 */
typedef bool request_put_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io);

/**
 * struct vblk_io - what the engine keeps of an io_u; its engine_data points here
 * @ended: when it ended with an error: the status byte, or one of the values above
 * @out: an io_u that takes several requests (split.c): those on the ring
 * @at: bytes that requests were made for: of a transfer, or of a trim's current range
 * @flushed: the flush behind a write was made
 * @put_next: puts the next of its requests on the ring (split.c)
 * @range: trims: the current range
 * @nranges: trims: how many there are
 * @ranges: trims: the ranges
 */
struct vblk_io {
	unsigned int ended;
	uint32_t out;
	uint64_t at;
	bool flushed;
	request_put_next *put_next;
	uint32_t range;
	uint32_t nranges;
	struct vblk_trim_range *ranges;
};

void request_stamp(struct thread_data *td, struct io_u *io_u);
enum fio_q_status request_complete(struct thread_data *td, struct io_u *io_u, int error);
enum fio_q_status request_unsent(struct thread_data *td, struct io_u *io_u, int error);
enum fio_q_status request_refuse(struct vblk_job *job, const struct vblk_queue *q,
				 struct io_u *io_u, uint64_t offset, uint64_t bytes,
				 const char *why);

static inline struct vblk_io *request_io(const struct io_u *io_u)
{
	return io_u->engine_data;
}

/* A request of this io_u is on the ring and will be published by the next commit(). */
static inline enum fio_q_status request_queued(struct vblk_queue *q, struct io_u *io_u)
{
	q->queued[q->nqueued++] = io_u;
	return FIO_Q_QUEUED;
}

/* Not whole blocks of the device, or not within it. */
static inline bool request_out_of_bounds(const struct vblk_queue *q, uint64_t offset,
					 uint64_t bytes)
{
	return ((offset | bytes) & q->block_mask) || !bytes || offset > q->capacity_bytes ||
	       bytes > q->capacity_bytes - offset;
}

#endif
