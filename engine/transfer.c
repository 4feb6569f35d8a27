// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes.
 *
 * Nearly every one is plain: whole blocks within the device, in one descriptor. Such a request goes
 * straight onto the ring, by a function made for its direction and the mode of its queue. All
 * others go the long way round, which also says what is wrong with those that can't be sent.
 */
#include <string.h>

#include "engine/submit.h"
#include "vhost/blk_request.h"
#include "virtq/virtq_ops.h"

static inline void begin(struct vblk_queue *q, struct virtq_slot *slot, const struct io_u *io_u,
			 bool read)
{
	blk_request_begin(slot, read ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT,
			  io_u->offset / BLK_SECTOR_BYTES);
	if (read)
		q->stats.reads++;
	else
		q->stats.writes++;
}

/* Anything but a plain one; with a slot free. */
static __attribute__((noinline)) enum fio_q_status transfer_other(struct vblk_queue *q,
								  struct io_u *io_u, bool read)
{
	uint64_t place = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena);
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	uint64_t bytes = io_u->xfer_buflen;
	struct vblk_job *job = q->job;
	uint32_t piece = q->piece;

	if (UNLIKELY(submit_out_of_place(q, io_u->offset, bytes) ||
		     bytes > (uint64_t)piece * q->segments))
		return submit_refuse(job, q, io_u, io_u->offset, bytes,
				     "is larger than a request can be");
	if (UNLIKELY(bytes > q->arena_bytes || place > q->arena_bytes - bytes))
		return submit_unsent(job->td, io_u, EFAULT);
	if (q->segments > 1) {
		/* Even pieces, in whole sectors. */
		piece = (uint32_t)((bytes / BLK_SECTOR_BYTES + q->segments - 1) / q->segments *
				   BLK_SECTOR_BYTES);
		q->stats.descriptors += (bytes - 1) / piece;
	}
	begin(q, slot, io_u, read);
	if (read && job->poison)
		memset(io_u->xfer_buf, job->poison_byte, bytes);
	virtq_add(q->vq, slot, io_u, q->iova + place, (uint32_t)bytes, piece, read);
	return submit_queued(q, io_u);
}

static inline __attribute__((always_inline)) enum fio_q_status transfer(struct vblk_queue *q,
									struct io_u *io_u,
									enum virtq_mode mode,
									bool read)
{
	uint64_t place = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena);
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	uint64_t bytes = io_u->xfer_buflen;

	if (UNLIKELY(!slot))
		return submit_busy(q);
	/* As submit_out_of_place() has it: plain_bytes is at most the device, and the arena. */
	if (UNLIKELY(bytes - 1 >= q->plain_bytes || (io_u->offset | bytes) & q->block_mask ||
		     io_u->offset > q->capacity_bytes - bytes || place > q->arena_bytes - bytes ||
		     !virtq_is_usual(q->vq, mode, slot)))
		return transfer_other(q, io_u, read);
	begin(q, slot, io_u, read);
	virtq_add_usual(q->vq, mode, slot, io_u, q->iova + place, (uint32_t)bytes, read);
	return submit_queued(q, io_u);
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
	q->plain_bytes = q->piece;
	if (q->plain_bytes > q->capacity_bytes)
		q->plain_bytes = q->capacity_bytes;
	if (q->plain_bytes > q->arena_bytes)
		q->plain_bytes = q->arena_bytes;
	if (q->segments > 1 || q->job->poison)
		q->plain_bytes = 0;
}
