/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of a queue, whatever its layout; see virtq_split.h and virtq_packed.h. */
#ifndef VIRTQ_VIRTQ_OPS_H
#define VIRTQ_VIRTQ_OPS_H

#include "virtq/virtq_packed.h"
#include "virtq/virtq_split.h"

static inline bool virtq_is_packed(const struct virtq *vq)
{
	return vq->mode == VIRTQ_PACKED_INDIRECT || vq->mode == VIRTQ_PACKED_DIRECT ||
	       vq->mode == VIRTQ_PACKED_IN_ORDER;
}

/* As virtq_split_add(). */
static inline void virtq_add(struct virtq *vq, struct virtq_slot *slot, void *ctx, uint64_t iova,
			     uint32_t bytes, uint32_t piece, bool device_writes)
{
	if (vq->mode == VIRTQ_SPLIT) {
		virtq_split_add(vq, slot, ctx, iova, bytes, piece, device_writes);
	} else if (vq->mode == VIRTQ_PACKED_INDIRECT) {
		virtq_packed_add_indirect(vq, slot, ctx, iova, bytes, piece, device_writes);
	} else if (vq->mode == VIRTQ_PACKED_DIRECT) {
		virtq_packed_add_direct(vq, slot, ctx, iova, bytes, piece, device_writes);
	} else {
		virtq_slot_use(vq, slot, ctx, bytes, device_writes);
		if (vq->mode == VIRTQ_SPLIT_IN_ORDER) {
			virtq_split_add_other(vq, slot, iova, bytes, piece, device_writes);
		} else {
			vq->added++;
			virtq_packed_add_other(vq, slot, iova, bytes, piece, device_writes);
		}
	}
}

/* As virtq_split_publish(). */
static inline bool virtq_publish(struct virtq *vq)
{
	return virtq_is_packed(vq) ? virtq_packed_publish(vq) : virtq_split_publish(vq);
}

/* As virtq_split_take(). */
static inline void **virtq_take(struct virtq *vq, void **ctx, void **end, virtq_not_ok not_ok,
				void *arg)
{
	switch (vq->mode) {
	case VIRTQ_SPLIT:
		return virtq_split_take(vq, ctx, end, not_ok, arg);
	case VIRTQ_PACKED_INDIRECT:
		return virtq_packed_take(vq, ctx, end, not_ok, arg, true);
	case VIRTQ_PACKED_DIRECT:
		return virtq_packed_take(vq, ctx, end, not_ok, arg, false);
	case VIRTQ_SPLIT_IN_ORDER:
		return virtq_split_take_in_order(vq, ctx, end, not_ok, arg);
	default:
		return virtq_packed_take_in_order(vq, ctx, end, not_ok, arg);
	}
}

/* As virtq_split_arm(); a packed ring returns true if any request is used. */
static inline bool virtq_arm(struct virtq *vq, uint16_t want)
{
	return virtq_is_packed(vq) ? virtq_packed_arm(vq, want) : virtq_split_arm(vq, want);
}

/* As virtq_split_disarm(). */
static inline void virtq_disarm(struct virtq *vq)
{
	if (virtq_is_packed(vq))
		virtq_packed_disarm(vq);
	else
		virtq_split_disarm(vq);
}

#endif
