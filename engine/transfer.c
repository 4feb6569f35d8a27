// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes.
 *
 * Nearly every one is plain: whole blocks within the device, in one descriptor. Such a request goes
 * straight onto the ring, by a function made for its direction and the mode of its queue. All
 * others go the long way round, which also says what is wrong with those that can't be sent.
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

/* How much of a transfer goes into the request that begins at its byte @at. */
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

/* Puts a request for @bytes of a transfer on the ring, from its byte @at on; with a slot free. */
static void put_request(struct vblk_queue *q, const struct io_u *io_u, uint64_t at, uint64_t bytes,
			void *ctx)
{
	uint64_t arena_offset = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena) + at;
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	bool read = io_u->ddir == DDIR_READ;
	uint32_t piece = q->piece;

	if (q->segments > 1) {
		/* Even pieces, in whole sectors. */
		piece = (uint32_t)((bytes / BLK_SECTOR_BYTES + q->segments - 1) / q->segments *
				   BLK_SECTOR_BYTES);
		q->stats.descriptors += (bytes - 1) / piece;
	}
	begin(q, slot, io_u->offset + at, read);
	virtq_add(q->vq, slot, ctx, q->iova + arena_offset, (uint32_t)bytes, piece, read);
}

/* As request_put_next: the next request of a split read or write. */
static bool put_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io)
{
	uint64_t bytes = request_bytes(q, io_u, io->at);

	if (!bytes)
		return false;
	put_request(q, io_u, io->at, bytes, context_part(io_u));
	io->at += bytes;
	return true;
}

/* The ring has no room at present. */
static __attribute__((noinline)) enum fio_q_status transfer_full(struct vblk_queue *q,
								 struct io_u *io_u)
{
	enum fio_q_status status;

	return command_await_room(q, io_u, &status) ? q->transfer[io_u->ddir](q, io_u) : status;
}

/* Anything but a plain one; with a slot free. */
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
				      "takes more than one request (vblk_strict)");
	if (read && job->poison)
		memset(io_u->xfer_buf, job->poison_byte, bytes);
	q->stats.split_transfers += split;
	if (split || (q->sync && !read))
		return split_begin(q, io_u, put_next);
	put_request(q, io_u, 0, bytes, io_u);
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
	/* As request_out_of_bounds() has it: plain_bytes is at most the device, and the arena. */
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
 * transfer_choose - settle how a queue's reads and writes get onto its ring
 * @q: queue, otherwise complete
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
