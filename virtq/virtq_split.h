/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split virtqueues (VIRTIO 1.3, 2.7): the operations a request passes through.
 *
 * Cache lines that cross between the cores per request, and who writes them:
 * - driver: the data descriptor (in the descriptor table, or in the slot's indirect table together
 *   with the head), one entry of the available ring (32 to a line), avail->idx once a batch
 * - device: the status byte, one entry of the used ring (8 to a line), used->idx once a batch
 * Head and tail descriptors, and ring descriptors that name an indirect table, are written once and
 * stay shared.
 */
#ifndef VIRTQ_VIRTQ_SPLIT_H
#define VIRTQ_VIRTQ_SPLIT_H

#include "virtq/base.h"
#include "virtq/virtq.h"

void virtq_split_format(struct virtq *vq);
void virtq_split_add_slow(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
			  uint32_t piece, bool device_writes);
void **virtq_split_take_in_order(struct virtq *vq, void **ctx, void **end, virtq_on_error on_error,
				 void *arg);

/* Length, flags and next of a descriptor. */
static inline uint64_t virtq_split_meta(uint32_t len, unsigned int flags, unsigned int next)
{
	return htole64((uint64_t)next << 48 | (uint64_t)flags << 32 | len);
}

/* Where we want to be notified: one past the available ring's end (VIRTIO 1.3, 2.7.6). */
static inline __virtio16 *virtq_split_used_event(const struct virtq *vq)
{
	return &vq->split.avail->ring[vq->split.mask + 1u];
}

/* Writes the next entry of the available ring. */
static inline void virtq_split_offer(struct virtq *vq, uint16_t desc)
{
	vq->split.avail->ring[vq->added++ & vq->split.mask] = htole16(desc);
}

/* Is one data descriptor all that a request in this slot has to write beside its ring entry? */
static inline bool virtq_split_is_fast(const struct virtq_slot *slot)
{
	return slot->data == 1;
}

/* As virtq_split_add(), with the data in one descriptor, which is linked as it was. */
static inline void virtq_split_add_fast(struct virtq *vq, struct virtq_slot *slot, void *ctx,
					uint64_t iova, uint32_t bytes, bool device_writes)
{
	virtq_slot_use(vq, slot, ctx, bytes, device_writes);
	slot->chain->addr = htole64(iova);
	slot->chain->meta =
		slot->meta | virtq_split_meta(bytes, device_writes ? VRING_DESC_F_WRITE : 0, 0);
	virtq_split_offer(vq, slot->id);
}

/**
 * virtq_split_add - put a request on the ring; the device sees it at the next publish
 * @vq: queue
 * @slot: from virtq_slot_free()
 * @ctx: context to hand back, not NULL
 * @iova: data, as the device addresses it
 * @bytes: length of the data, 0 for none
 * @piece: most bytes one descriptor may carry; at most @vq->segments pieces cover @bytes
 * @device_writes: the data is the device's to write
 *
 * VIRTIO 1.3, 2.7.13.1-2.
 */
static inline void virtq_split_add(struct virtq *vq, struct virtq_slot *slot, void *ctx,
				   uint64_t iova, uint32_t bytes, uint32_t piece,
				   bool device_writes)
{
	if (LIKELY(bytes - 1 < piece && virtq_split_is_fast(slot))) {
		virtq_split_add_fast(vq, slot, ctx, iova, bytes, device_writes);
	} else {
		virtq_slot_use(vq, slot, ctx, bytes, device_writes);
		virtq_split_add_slow(vq, slot, iova, bytes, piece, device_writes);
	}
}

/**
 * virtq_split_publish - make every request added since the last publish visible to the device
 * @vq: queue
 *
 * One store for the whole batch. Returns true if the device asked to be notified (VIRTIO 1.3,
 * 2.7.13.3-4).
 */
static inline bool virtq_split_publish(struct virtq *vq)
{
	uint32_t old = vq->published, new = vq->added;

	/*
	 * Descriptors and ring entries before index: pairs with the device's acquire load of
	 * avail->idx.
	 */
	virtq_store16(&vq->split.avail->idx, (uint16_t) new, memory_order_release);
	vq->published = new;

	/*
	 * Index before the device's wish: pairs with the device's full barrier between writing its
	 * wish and looking at avail->idx once more. Without it both sides could miss each other,
	 * and the request would wait for ever.
	 */
	virtq_order_all();
	if (vq->event_idx)
		return vring_need_event(virtq_load16(vq->split.avail_event, memory_order_relaxed),
					(uint16_t) new, (uint16_t)old);
	return !(virtq_load16(&vq->split.used->flags, memory_order_relaxed) &
		 VRING_USED_F_NO_NOTIFY);
}

/* How many more the device has used; 0 too when its index says what can't be (@vq->fault). */
static inline size_t virtq_split_ready(struct virtq *vq)
{
	/* Index before elements, data and status: pairs with the device's release store. */
	uint16_t idx = virtq_load16(&vq->split.used->idx, memory_order_acquire);
	size_t ready = (idx - vq->taken) & 0xffff;

	if (UNLIKELY(ready > vq->published - vq->taken)) {
		virtq_fail(vq, VIRTQ_FAULT_USED_INDEX, (uint32_t)ready);
		return 0;
	}
	return ready;
}

/**
 * virtq_split_take - take back used requests
 * @vq: queue
 * @ctx: filled with their contexts
 * @end: end of it, behind @ctx
 * @on_error: told of those whose tail does not start with 0
 * @arg: for @on_error
 *
 * Returns the end of those filled in. The device may have written what can't be behind the last of
 * them (@vq->fault).
 * VIRTIO 1.3, 2.7.14.
 */
static inline void **virtq_split_take(struct virtq *vq, void **ctx, void **end,
				      virtq_on_error on_error, void *arg)
{
	size_t ready = virtq_split_ready(vq);

	if (ctx + ready < end)
		end = ctx + ready;
	while (ctx != end) {
		/* Read once: the device could change it between a check and its use. */
		const volatile struct vring_used_elem *elem =
			&vq->split.used->ring[vq->taken & vq->split.mask];
		uint32_t id = le32toh(elem->id), len = le32toh(elem->len);
		struct virtq_slot *slot = virtq_slot_check(vq, id, len);

		if (UNLIKELY(!slot))
			break;
		*ctx++ = virtq_slot_take(vq, slot, on_error, arg);
	}
	return ctx;
}

/**
 * virtq_split_arm - ask the device for a notification, before sleeping
 * @vq: queue
 * @want: used requests that are worth waking up for, counted from the first not taken back
 *
 * Returns true if that many are there already, so that no notification may come: don't sleep. With
 * EVENT_IDX the device signals when the @want-th is used; without it, at any. VIRTIO 1.3, 2.7.7 and
 * 2.7.10.
 */
static inline bool virtq_split_arm(struct virtq *vq, uint16_t want)
{
	uint16_t next = (uint16_t)vq->taken;

	if (vq->event_idx)
		virtq_store16(virtq_split_used_event(vq), (uint16_t)(next + want - 1),
			      memory_order_relaxed);
	else
		virtq_store16(&vq->split.avail->flags, 0, memory_order_relaxed);

	/*
	 * Wish before index: pairs with the device's full barrier between its store of used->idx
	 * and its look at our wish. Either it sees the wish, or we see its index.
	 */
	virtq_order_all();
	return (uint16_t)(virtq_load16(&vq->split.used->idx, memory_order_relaxed) - next) >= want;
}

/**
 * virtq_split_disarm - no notifications, please
 * @vq: queue
 *
 * With EVENT_IDX the wish is left behind the used index, where the device passes it again only
 * after 65536 requests.
 */
static inline void virtq_split_disarm(struct virtq *vq)
{
	if (vq->event_idx)
		virtq_store16(virtq_split_used_event(vq), (uint16_t)(vq->taken - 1),
			      memory_order_relaxed);
	else
		virtq_store16(&vq->split.avail->flags, VRING_AVAIL_F_NO_INTERRUPT,
			      memory_order_relaxed);
}

#endif
