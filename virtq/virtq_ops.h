/* SPDX-License-Identifier: GPL-2.0-only */
/* Queue operations for any ring layout; virtq_split.h and virtq_packed.h document them. */
#ifndef VIRTQ_VIRTQ_OPS_H
#define VIRTQ_VIRTQ_OPS_H

#include "virtq/virtq_packed.h"
#include "virtq/virtq_split.h"

static inline bool virtq_is_packed(const struct virtq *vq)
{
	return vq->is_packed;
}

/* See virtq_split_add(). */
static inline void virtq_add(struct virtq *vq, struct virtq_slot *slot, void *ctx, uint64_t iova,
			     uint32_t bytes, uint32_t piece, bool device_writes)
{
	switch (vq->mode) {
	case VIRTQ_SPLIT:
		virtq_split_add(vq, slot, ctx, iova, bytes, piece, device_writes);
		break;
	case VIRTQ_PACKED_INDIRECT:
		virtq_packed_add_indirect(vq, slot, ctx, iova, bytes, piece, device_writes);
		break;
	case VIRTQ_PACKED_DIRECT:
		virtq_packed_add_direct(vq, slot, ctx, iova, bytes, piece, device_writes);
		break;
	case VIRTQ_SPLIT_IN_ORDER:
		virtq_slot_use(vq, slot, ctx, bytes, device_writes);
		virtq_split_add_slow(vq, slot, iova, bytes, piece, device_writes);
		break;
	default:
		virtq_slot_use(vq, slot, ctx, bytes, device_writes);
		vq->added++;
		virtq_packed_add_slow(vq, slot, iova, bytes, piece, device_writes);
	}
}

/*
 * Return true if virtq_add_fast() can add a request with one data descriptor in @slot; otherwise
 * the caller uses virtq_add(). For callers that are compiled once for each mode, so that @mode is a
 * constant.
 */
static inline __attribute__((always_inline)) bool virtq_is_fast(const struct virtq *vq,
								enum virtq_mode mode,
								const struct virtq_slot *slot)
{
	switch (mode) {
	case VIRTQ_SPLIT:
		return virtq_split_is_fast(slot);
	case VIRTQ_PACKED_INDIRECT:
		return virtq_packed_is_fast(&vq->packed, slot, 1);
	case VIRTQ_PACKED_DIRECT:
		return virtq_packed_is_fast(&vq->packed, slot, 3);
	default:
		return false;
	}
}

/* Same as virtq_add(), for requests that virtq_is_fast() accepts. */
static inline __attribute__((always_inline)) void virtq_add_fast(struct virtq *vq,
								 enum virtq_mode mode,
								 struct virtq_slot *slot, void *ctx,
								 uint64_t iova, uint32_t bytes,
								 bool device_writes)
{
	if (mode == VIRTQ_SPLIT)
		virtq_split_add_fast(vq, slot, ctx, iova, bytes, device_writes);
	else if (mode == VIRTQ_PACKED_INDIRECT)
		virtq_packed_add_indirect_fast(vq, slot, ctx, iova, bytes, device_writes);
	else
		virtq_packed_add_direct_fast(vq, slot, ctx, iova, bytes, device_writes);
}

/* Return true if requests were added since the last publish. */
static inline bool virtq_unpublished(const struct virtq *vq)
{
	return vq->added != vq->published;
}

/* See virtq_split_publish(). */
static inline bool virtq_publish(struct virtq *vq)
{
	return virtq_is_packed(vq) ? virtq_packed_publish(vq) : virtq_split_publish(vq);
}

/* See virtq_split_take(). */
static inline __attribute__((always_inline)) void **virtq_take(struct virtq *vq, void **ctx,
							       void **end, virtq_on_error on_error,
							       void *arg)
{
	switch (vq->mode) {
	case VIRTQ_SPLIT:
		return virtq_split_take(vq, ctx, end, on_error, arg);
	case VIRTQ_PACKED_INDIRECT:
		return virtq_packed_take(vq, ctx, end, on_error, arg, true);
	case VIRTQ_PACKED_DIRECT:
		return virtq_packed_take(vq, ctx, end, on_error, arg, false);
	case VIRTQ_SPLIT_IN_ORDER:
		return virtq_split_take_in_order(vq, ctx, end, on_error, arg);
	default:
		return virtq_packed_take_in_order(vq, ctx, end, on_error, arg);
	}
}

/**
 * virtq_used_position - return the position at which the device uses the next request
 * @vq: queue
 *
 * For virtq_is_used_at(). Split ring: the next used index. Packed ring: the offset of the next used
 * descriptor, with the wrap counter in bit 15.
 */
static inline uint32_t virtq_used_position(const struct virtq *vq)
{
	const struct virtq_packed *ring = &vq->packed;

	if (!virtq_is_packed(vq))
		return vq->taken & 0xffff;
	return (uint32_t)(ring->used_next - ring->desc) | (ring->used ? 1u << 15 : 0);
}

/**
 * virtq_is_used_at - return true if the device has used a request at a position
 * @vq: queue
 * @position: from virtq_used_position(); may be out of date
 *
 * Only reads fields of @vq that do not change after virtq_init(), so the caller need not be the one
 * that drives the queue. This is a hint: virtq_take() checks what the device wrote.
 */
static inline bool virtq_is_used_at(const struct virtq *vq, uint32_t position)
{
	const struct virtq_packed *ring = &vq->packed;
	uint16_t flags;

	if (!virtq_is_packed(vq))
		return virtq_load16(&vq->split.used->idx, memory_order_relaxed) != position;
	flags = virtq_load16(&ring->desc[position & 0x7fff].packed.flags, memory_order_relaxed);
	return !((flags ^ (position >> 15 ? VIRTQ_PACKED_WRAP : 0)) & VIRTQ_PACKED_WRAP);
}

/* See virtq_split_arm(). For a packed ring, returns true if at least one request is used. */
static inline bool virtq_arm(struct virtq *vq, uint16_t want)
{
	return virtq_is_packed(vq) ? virtq_packed_arm(vq, want) : virtq_split_arm(vq, want);
}

/* See virtq_split_disarm(). */
static inline void virtq_disarm(struct virtq *vq)
{
	if (virtq_is_packed(vq))
		virtq_packed_disarm(vq);
	else
		virtq_split_disarm(vq);
}

#endif
