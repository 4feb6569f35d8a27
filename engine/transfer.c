// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes.
 *
 * Nearly all transfers are whole logical blocks within the device and fit into one descriptor.
 * transfer() adds such a request to the ring directly; it is compiled once for each direction and
 * each mode of the queue. transfer_slow() handles all other transfers, and reports why a request
 * cannot be sent.
 */
#include <string.h>

#include "engine/command.h"
#include "engine/context.h"
#include "engine/job.h"
#include "engine/split.h"
#include "engine/transfer.h"
#include "vhost/blk/blk_request.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

static inline void begin(struct vblk_queue *q, struct virtq_slot *slot, uint64_t offset, bool read)
{
	blk_request_begin(slot, read ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT,
			  offset / BLK_SECTOR_BYTES);
	if (read)
		q->stats.reads++;
	else
		q->stats.writes++;
}

/* Return the length of the request that starts at byte @at of a transfer. */
static uint64_t request_bytes(const struct vblk_queue *q, const struct io_u *io_u, uint64_t at)
{
	uint64_t bytes = io_u->xfer_buflen - at, offset = io_u->offset + at, in_zone;

	if (bytes > q->request_bytes)
		bytes = q->request_bytes;
	if (!q->zone_bytes || io_u->ddir != DDIR_READ)
		return bytes;
	in_zone = q->zone_bytes - offset % q->zone_bytes;
	return bytes < in_zone ? bytes : in_zone;
}

/* Add a request for @bytes of a transfer, starting at byte @at of the transfer. A slot is free. */
static void add_request(struct vblk_queue *q, const struct io_u *io_u, uint64_t at, uint64_t bytes,
			void *ctx)
{
	uint64_t arena_offset = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena) + at;
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	bool read = io_u->ddir == DDIR_READ;
	uint32_t piece = q->piece;

	if (q->segments > 1) {
		/* Spread the data evenly over the descriptors, in whole sectors. */
		piece = (uint32_t)((bytes / BLK_SECTOR_BYTES + q->segments - 1) / q->segments *
				   BLK_SECTOR_BYTES);
		q->stats.descriptors += (bytes - 1) / piece;
	}
	begin(q, slot, io_u->offset + at, read);
	virtq_add(q->vq, slot, ctx, q->iova + arena_offset, (uint32_t)bytes, piece, read);
}

/* Add the next request of a split read or write; a request_add_next function. */
static bool add_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io)
{
	uint64_t bytes = request_bytes(q, io_u, io->at);

	if (!bytes)
		return false;
	add_request(q, io_u, io->at, bytes, context_part(io_u));
	io->at += bytes;
	return true;
}

/* The ring cannot take the request now: return FIO_Q_BUSY, or wait if the job must not get it. */
static __attribute__((noinline)) enum fio_q_status transfer_full(struct vblk_queue *q,
								 struct io_u *io_u)
{
	enum fio_q_status status;

	return command_await_room(q, io_u, &status) ? q->transfer[io_u->ddir](q, io_u) : status;
}

/* Queue a transfer that the fast path does not handle. A slot is free. */
static __attribute__((noinline)) enum fio_q_status transfer_slow(struct vblk_queue *q,
								 struct io_u *io_u, bool read)
{
	uint64_t arena_offset = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena);
	uint64_t bytes = io_u->xfer_buflen;
	struct vblk_job *job = q->job;
	bool split;

	if (UNLIKELY(q->held && !read))
		return transfer_full(q, io_u);
	if (UNLIKELY(request_out_of_bounds(q, io_u->offset, bytes)))
		return request_refuse(job, q, io_u, io_u->offset, bytes, "");
	if (UNLIKELY(bytes > q->arena_bytes || arena_offset > q->arena_bytes - bytes))
		return request_unsent(job->td, io_u, EFAULT);
	split = request_bytes(q, io_u, 0) < bytes;
	if (UNLIKELY(split && q->strict))
		return request_refuse(job, q, io_u, io_u->offset, bytes,
				      "does not fit into one request of the device (vblk_strict)");
	if (read && job->poison)
		memset(io_u->xfer_buf, job->poison_byte, bytes);
	q->stats.split_transfers += split;
	if (split || (q->sync && !read))
		return split_begin(q, io_u, add_next);
	add_request(q, io_u, 0, bytes, io_u);
	return request_queued(q, io_u);
}

static inline __attribute__((always_inline)) enum fio_q_status transfer(struct vblk_queue *q,
									struct io_u *io_u,
									enum virtq_mode mode,
									bool read)
{
	uint64_t arena_offset = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena);
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	uint64_t bytes = io_u->xfer_buflen;

	if (UNLIKELY(!slot))
		return transfer_full(q, io_u);
	/* Includes the checks of request_out_of_bounds(). The subtractions cannot wrap, because
	 * fast_bytes exceeds neither the capacity of the device nor the length of the arena. */
	if (UNLIKELY(bytes - 1 >= q->fast_bytes || (io_u->offset | bytes) & q->block_mask ||
		     io_u->offset > q->capacity_bytes - bytes ||
		     arena_offset > q->arena_bytes - bytes || !virtq_is_fast(q->vq, mode, slot)))
		return transfer_slow(q, io_u, read);
	begin(q, slot, io_u->offset, read);
	virtq_add_fast(q->vq, mode, slot, io_u, q->iova + arena_offset, (uint32_t)bytes, read);
	return request_queued(q, io_u);
}

#define TRANSFERS(name, mode)                                                          \
	static enum fio_q_status read_##name(struct vblk_queue *q, struct io_u *io_u)  \
	{                                                                              \
		return transfer(q, io_u, mode, true);                                  \
	}                                                                              \
	static enum fio_q_status write_##name(struct vblk_queue *q, struct io_u *io_u) \
	{                                                                              \
		return transfer(q, io_u, mode, false);                                 \
	}                                                                              \
	static vblk_transfer *const name[] = { read_##name, write_##name };

TRANSFERS(split, VIRTQ_SPLIT)
TRANSFERS(split_in_order, VIRTQ_SPLIT_IN_ORDER)
TRANSFERS(packed_indirect, VIRTQ_PACKED_INDIRECT)
TRANSFERS(packed_direct, VIRTQ_PACKED_DIRECT)
TRANSFERS(packed_in_order, VIRTQ_PACKED_IN_ORDER)

static vblk_transfer *const *const transfers[VIRTQ_MODES] = {
	[VIRTQ_SPLIT] = split,
	[VIRTQ_SPLIT_IN_ORDER] = split_in_order,
	[VIRTQ_PACKED_INDIRECT] = packed_indirect,
	[VIRTQ_PACKED_DIRECT] = packed_direct,
	[VIRTQ_PACKED_IN_ORDER] = packed_in_order,
};

/**
 * transfer_choose - choose the functions that add a queue's reads and writes to the ring
 * @q: queue, with all other fields set
 *
 * Also computes @q->fast_bytes, the length of the longest transfer that the fast path handles.
 */
void transfer_choose(struct vblk_queue *q)
{
	q->transfer = transfers[q->vq->mode];
	q->fast_bytes = q->request_bytes < q->piece ? q->request_bytes : q->piece;
	if (q->fast_bytes > q->capacity_bytes)
		q->fast_bytes = q->capacity_bytes;
	if (q->fast_bytes > q->arena_bytes)
		q->fast_bytes = q->arena_bytes;
	if (q->segments > 1 || q->job->poison || q->sync || q->zone_bytes || q->ordered)
		q->fast_bytes = 0;
}
