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

#include "engine/add.h"
#include "engine/command.h"
#include "engine/job.h"
#include "engine/transfer.h"
#include "vhost/blk/blk_request.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/* The ring has no room for the request now: return FIO_Q_BUSY, or wait if the job must not get
 * FIO_Q_BUSY (command_await_room()). */
static __attribute__((noinline)) enum fio_q_status transfer_full(struct vblk_queue *q,
								 struct io_u *io_u)
{
	enum fio_q_status status;

	return command_await_room(q, io_u, &status) ? q->transfer[io_u->ddir](q, io_u) : status;
}

/* Check a transfer that the fast path does not handle. Return FIO_Q_QUEUED if it can be added. */
static enum fio_q_status check_transfer(struct vblk_queue *q, struct io_u *io_u)
{
	uint64_t arena_offset = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena);
	uint64_t bytes = io_u->xfer_buflen;
	struct vblk_job *job = q->job;
	bool split;

	if (UNLIKELY(request_out_of_bounds(q, io_u->offset, bytes)))
		return request_refuse(job, q, io_u, io_u->offset, bytes, "");
	if (UNLIKELY(bytes > q->arena_bytes || arena_offset > q->arena_bytes - bytes))
		return request_unsent(job->td, io_u, EFAULT);
	split = add_request_bytes(q, io_u, 0) < bytes;
	if (UNLIKELY(split && q->strict))
		return request_refuse(job, q, io_u, io_u->offset, bytes,
				      "does not fit into one request of the device (vblk_strict)");
	q->stats.split_transfers += split;
	return FIO_Q_QUEUED;
}

/* Queue a transfer that the fast path does not handle. A slot is free. */
static __attribute__((noinline)) enum fio_q_status transfer_slow(struct vblk_queue *q,
								 struct io_u *io_u, bool read)
{
	enum fio_q_status status;

	if (UNLIKELY(q->held && !read))
		return transfer_full(q, io_u);
	status = check_transfer(q, io_u);
	if (status != FIO_Q_QUEUED)
		return status;
	add_transfer(q, io_u);
	return request_queued(q, io_u);
}

/* Queue a transfer that the fast path of a shared queue does not handle. */
static __attribute__((noinline)) enum fio_q_status shared_slow(struct vblk_queue *q,
							       struct io_u *io_u, bool read)
{
	enum fio_q_status status = check_transfer(q, io_u);

	if (status != FIO_Q_QUEUED)
		return status;
	if (read && q->job->poison)
		memset(io_u->xfer_buf, q->job->poison_byte, io_u->xfer_buflen);
	return request_accepted(q, io_u);
}

/* Accept a transfer for a shared queue; commit() adds it to the ring. */
static inline __attribute__((always_inline)) enum fio_q_status shared(struct vblk_queue *q,
								      struct io_u *io_u, bool read)
{
	uint64_t arena_offset = (uint64_t)((unsigned char *)io_u->xfer_buf - q->arena);
	uint64_t bytes = io_u->xfer_buflen;

	/* The same checks as in transfer(), where a comment explains them. */
	if (UNLIKELY(bytes - 1 >= q->fast_bytes || (io_u->offset | bytes) & q->block_mask ||
		     io_u->offset > q->capacity_bytes - bytes ||
		     arena_offset > q->arena_bytes - bytes))
		return shared_slow(q, io_u, read);
	return request_accepted(q, io_u);
}

static enum fio_q_status read_shared(struct vblk_queue *q, struct io_u *io_u)
{
	return shared(q, io_u, true);
}

static enum fio_q_status write_shared(struct vblk_queue *q, struct io_u *io_u)
{
	return shared(q, io_u, false);
}

static vblk_transfer *const shared_transfers[] = { read_shared, write_shared };

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
	add_begin(q, slot, io_u->offset, read);
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
	q->transfer = q->share ? shared_transfers : transfers[q->vq->mode];
	q->fast_bytes = q->request_bytes < q->piece ? q->request_bytes : q->piece;
	if (q->fast_bytes > q->capacity_bytes)
		q->fast_bytes = q->capacity_bytes;
	if (q->fast_bytes > q->arena_bytes)
		q->fast_bytes = q->arena_bytes;
	if (q->segments > 1 || q->job->poison || q->sync || q->zone_bytes || q->ordered)
		q->fast_bytes = 0;
}
