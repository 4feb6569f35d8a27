/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split virtqueues (VIRTIO 1.3, 2.7): the hot path of a request.
 *
 * For each request, these cache lines move between the cores of driver and device:
 * - written by the driver: the data descriptor (in the descriptor table, or in the slot's indirect
 *   table next to the header), one entry of the available ring (32 per line), and avail->idx once
 *   per batch
 * - written by the device: the status byte, one entry of the used ring (8 per line), and used->idx
 *   once per batch
 * Descriptors of headers, footers and indirect tables are written once, so their lines do not move.
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

/* Length, flags and next field of a descriptor, as one little-endian word. */
static inline uint64_t virtq_split_meta(uint32_t len, unsigned int flags, unsigned int next)
{
	return htole64((uint64_t)next << 48 | (uint64_t)flags << 32 | len);
}

/* used_event: the field after the last entry of the available ring (VIRTIO 1.3, 2.7.6). */
static inline __virtio16 *virtq_split_used_event(const struct virtq *vq)
{
	return &vq->split.avail->ring[vq->split.mask + 1u];
}

/* Write @desc, the index of a head descriptor, to the next entry of the available ring. */
static inline void virtq_split_offer(struct virtq *vq, uint16_t desc)
{
	vq->split.avail->ring[vq->added++ & vq->split.mask] = htole16(desc);
}

/*
 * Return true if a request with one data descriptor only has to write that descriptor and its ring
 * entry: the other descriptors of the slot are linked for one data descriptor already.
 */
static inline bool virtq_split_is_fast(const struct virtq_slot *slot)
{
	return slot->data == 1;
}

/* virtq_split_add() for data in one descriptor, if virtq_split_is_fast(). */
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
 * virtq_split_add - add a request to the ring; the device sees it at the next publish
 * @vq: queue
 * @slot: free slot, from virtq_slot_free()
 * @ctx: context that virtq_split_take() returns for this request, not NULL
 * @iova: I/O virtual address of the data
 * @bytes: length of the data, 0 = no data
 * @piece: maximum bytes per data descriptor; at most @vq->segments descriptors cover @bytes
 * @device_writes: the data is device-writable (a read)
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
 * One store of the available index publishes the whole batch. Returns true if the device wants an
 * available buffer notification (VIRTIO 1.3, 2.7.13.3-4).
 */
static inline bool virtq_split_publish(struct virtq *vq)
{
	uint32_t old = vq->published, new = vq->added;

	/*
	 * Store descriptors and ring entries before the index: pairs with the device's acquire load
	 * of avail->idx.
	 */
	virtq_store16(&vq->split.avail->idx, (uint16_t) new, memory_order_release);
	vq->published = new;

	/*
	 * Store the index before loading avail_event or used->flags: pairs with the device's full
	 * barrier between enabling notifications and checking avail->idx again. Without it, each
	 * side could read the old value of the other, and the request would wait forever.
	 */
	virtq_order_all();
	if (vq->event_idx)
		return vring_need_event(virtq_load16(vq->split.avail_event, memory_order_relaxed),
					(uint16_t) new, (uint16_t)old);
	return !(virtq_load16(&vq->split.used->flags, memory_order_relaxed) &
		 VRING_USED_F_NO_NOTIFY);
}

/*
 * Return the number of used requests that were not taken back yet, or 0 after recording a fault
 * (virtq_fail()) if the used index is invalid.
 */
static inline size_t virtq_split_ready(struct virtq *vq)
{
	/*
	 * Load the index before elements, data and status: pairs with the device's release store of
	 * used->idx.
	 */
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
 * @ctx: array to fill with the contexts of used requests
 * @end: end of the array, not @ctx
 * @on_error: called for each request whose footer is not 0
 * @arg: argument for @on_error
 *
 * Returns the end of the contexts filled in. If the device wrote something invalid after the last
 * of these requests, @vq->fault is set. VIRTIO 1.3, 2.7.14.
 */
static inline void **virtq_split_take(struct virtq *vq, void **ctx, void **end,
				      virtq_on_error on_error, void *arg)
{
	size_t ready = virtq_split_ready(vq);

	if (ctx + ready < end)
		end = ctx + ready;
	while (ctx != end) {
		/* Read once: the device could change the element between its check and its use. */
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
 * virtq_split_arm - ask the device for a used buffer notification, before sleeping
 * @vq: queue
 * @want: number of used requests to wait for, counted from the first one not taken back
 *
 * With EVENT_IDX the device notifies when the @want-th request is used; without it, when any
 * request is used. Returns true if @want requests are used already: the caller must not sleep,
 * because the device may not notify. VIRTIO 1.3, 2.7.7 and 2.7.10.
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
	 * Store used_event or the flags before loading the index: pairs with the device's full
	 * barrier between storing used->idx and loading used_event or the flags. Either the device
	 * sees that we want a notification, or we see its index.
	 */
	virtq_order_all();
	return (uint16_t)(virtq_load16(&vq->split.used->idx, memory_order_relaxed) - next) >= want;
}

/**
 * virtq_split_disarm - ask the device not to send used buffer notifications
 * @vq: queue
 *
 * With EVENT_IDX, used_event is set to the index of the used element that was taken last. The
 * device writes an element with this index again only after 65535 other elements.
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
