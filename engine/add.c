// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engine/add.h"
#include "engine/command.h"
#include "engine/context.h"
#include "engine/job.h"
#include "engine/split.h"
#include "engine/trim.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/**
 * add_request_bytes - return the length of the request that starts at byte @at of a transfer
 * @q: queue
 * @io_u: read or write
 * @at: first byte of the request, counted from the start of the transfer
 *
 * The length is less than the rest of the transfer if the rest needs several requests.
 */
uint64_t add_request_bytes(const struct vblk_queue *q, const struct io_u *io_u, uint64_t at)
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
	add_begin(q, slot, io_u->offset + at, read);
	request_add(q, slot, ctx, q->iova + arena_offset, (uint32_t)bytes, piece, read);
}

/* Add the next request of a split read or write; a request_add_next function. */
static bool add_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io)
{
	uint64_t bytes = add_request_bytes(q, io_u, io->at);

	if (!bytes)
		return false;
	add_request(q, io_u, io->at, bytes, context_part(io_u));
	io->at += bytes;
	return true;
}

/**
 * add_transfer - add the first requests of a read or write to the ring
 * @q: queue with a free slot
 * @io_u: read or write that queue() has checked
 */
void add_transfer(struct vblk_queue *q, struct io_u *io_u)
{
	uint64_t bytes = io_u->xfer_buflen;
	bool read = io_u->ddir == DDIR_READ;

	/* With a shared queue, queue() has overwritten the buffer, without holding the lock. */
	if (read && q->job->poison && !q->share)
		memset(io_u->xfer_buf, q->job->poison_byte, bytes);
	if (add_request_bytes(q, io_u, 0) < bytes || (q->sync && !read))
		split_begin(q, io_u, add_next);
	else
		add_request(q, io_u, 0, bytes, io_u);
}

/**
 * add_io_u - add the first requests of an io_u to the ring
 * @q: queue with a free slot
 * @io_u: io_u that queue() has checked
 */
void add_io_u(struct vblk_queue *q, struct io_u *io_u)
{
	if (io_u->ddir == DDIR_TRIM)
		trim_add(q, io_u);
	else if (ddir_sync(io_u->ddir))
		request_add_flush(q, io_u);
	else
		add_transfer(q, io_u);
}

/**
 * add_command - add a command to the ring
 * @q: queue with a free slot
 * @command: command
 */
void add_command(struct vblk_queue *q, struct vblk_command *command)
{
	struct virtq_slot *slot = virtq_slot_free(q->vq);

	(*(command->type == VIRTIO_BLK_T_FLUSH ? &q->stats.flushes : &q->stats.commands))++;
	q->tagged++;
	/* The device decides how many bytes of a zone report it writes. */
	if (command->bytes && command->device_writes)
		q->vq->open_ended = slot;
	blk_request_begin(slot, command->type, command->sector);
	request_add(q, slot, context_command(command),
		    q->iova + (uint64_t)(q->command_data - q->arena), command->bytes, UINT32_MAX,
		    command->device_writes);
}

/* Do the same as add_io_u(), with a fast path for the ring mode of a shared queue. */
static inline __attribute__((always_inline)) void add_shared(struct vblk_queue *q,
							     struct io_u *io_u,
							     enum virtq_mode mode)
{
	uint64_t arena_offset = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena);
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	uint64_t bytes = io_u->xfer_buflen;
	bool read = io_u->ddir == DDIR_READ;

	if (UNLIKELY(io_u->ddir > DDIR_WRITE || bytes - 1 >= q->fast_bytes ||
		     !virtq_is_fast(q->vq, mode, slot))) {
		add_io_u(q, io_u);
		return;
	}
	add_begin(q, slot, io_u->offset, read);
	share_used(q->share, q->self);
	q->out++;
	virtq_add_fast(q->vq, mode, slot, share_context(q->sharer, io_u), q->iova + arena_offset,
		       (uint32_t)bytes, read);
}

#define ADD_SHARED(name, mode)                                    \
	static void name(struct vblk_queue *q, struct io_u *io_u) \
	{                                                         \
		add_shared(q, io_u, mode);                        \
	}

ADD_SHARED(add_split, VIRTQ_SPLIT)
ADD_SHARED(add_packed_indirect, VIRTQ_PACKED_INDIRECT)
ADD_SHARED(add_packed_direct, VIRTQ_PACKED_DIRECT)

static vblk_add *const adders[VIRTQ_MODES] = {
	[VIRTQ_SPLIT] = add_split,
	[VIRTQ_SPLIT_IN_ORDER] = add_io_u,
	[VIRTQ_PACKED_INDIRECT] = add_packed_indirect,
	[VIRTQ_PACKED_DIRECT] = add_packed_direct,
	[VIRTQ_PACKED_IN_ORDER] = add_io_u,
};

/**
 * add_choose - choose the function that adds io_us to a shared ring
 * @q: queue, with all other fields set
 */
void add_choose(struct vblk_queue *q)
{
	q->add = adders[q->vq->mode];
}
