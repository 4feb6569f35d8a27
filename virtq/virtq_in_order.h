/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VIRTIO_F_IN_ORDER for both ring layouts (VIRTIO 1.3, 2.7.9 and 2.8.8; RING-8). The device uses
 * requests in the order in which they were made available. One used element may complete a batch of
 * requests; it holds the id of the last request of the batch.
 */
#ifndef VIRTQ_VIRTQ_IN_ORDER_H
#define VIRTQ_VIRTQ_IN_ORDER_H

#include "virtq/virtq.h"

/* Return the number of requests from the oldest outstanding request up to @slot, inclusive. */
static inline unsigned int virtq_in_order_batch(const struct virtq *vq,
						const struct virtq_slot *slot)
{
	return (unsigned int)(slot->id + vq->slots - vq->oldest) % vq->slots + 1;
}

/*
 * Take back the oldest outstanding request. Slots are used in ring order, so the freed slot goes to
 * the end of the free list.
 */
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
