/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IN_ORDER on either layout (VIRTIO 1.3, 2.7.9 and 2.8.8; RING-8): the device uses requests in the
 * order they were added, and one used element may stand for a batch of them: it names the last.
 */
#ifndef VIRTQ_VIRTQ_IN_ORDER_H
#define VIRTQ_VIRTQ_IN_ORDER_H

#include "virtq/virtq.h"

/* Requests from the oldest outstanding to the one of this slot. */
static inline unsigned int virtq_in_order_batch(const struct virtq *vq,
						const struct virtq_slot *slot)
{
	return (unsigned int)(slot->id + vq->slots - vq->oldest) % vq->slots + 1;
}

/* Takes back the oldest request. Slots come round: the freed one is the last of the free. */
static inline void *virtq_in_order_take(struct virtq *vq, virtq_on_error on_error, void *arg)
{
	struct virtq_slot *slot = &vq->slot[vq->oldest], *free = vq->free;
	void *ctx = virtq_slot_take(vq, slot, on_error, arg);

	slot->next = NULL;
	if (free) {
		vq->free = free;
		vq->last->next = slot;
	}
	vq->last = slot;
	if (++vq->oldest == vq->slots)
		vq->oldest = 0;
	vq->batch_left--;
	return ctx;
}

#endif
