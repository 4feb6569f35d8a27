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

#include "virtq/virtq.h"

void virtq_split_relink(const struct virtq *vq, struct virtq_slot *slot, unsigned int data);

/* Both live one past the rings they end (VIRTIO 1.3, 2.7.6 and 2.7.8). */
static inline __virtio16 *virtq_split_used_event(const struct virtq *vq)
{
	return &vq->avail->ring[vq->mask + 1u];
}

static inline __virtio16 *virtq_split_avail_event(const struct virtq *vq)
{
	return (__virtio16 *)&vq->used->ring[vq->mask + 1u];
}

/**
 * virtq_split_add - put a request on the ring; the device sees it at the next publish
 * @vq: queue with a free slot (@vq->nfree); the slot used is virtq_slot_peek()
 * @ctx: context to hand back, not NULL
 * @iova: data, as the device addresses it
 * @bytes: length of the data, 0 for none
 * @piece: most bytes one descriptor may carry; at most @vq->segments pieces cover @bytes
 * @device_writes: the data is the device's to write
 *
 * VIRTIO 1.3, 2.7.13.1-2.
 */
static inline void virtq_split_add(struct virtq *vq, void *ctx, uint64_t iova, uint32_t bytes,
				   uint32_t piece, bool device_writes)
{
	unsigned int id = vq->free[--vq->nfree];
	struct virtq_slot *slot = &vq->slot[id];
	uint16_t flags = VRING_DESC_F_NEXT | (device_writes ? VRING_DESC_F_WRITE : 0);
	unsigned int data;

	slot->ctx = ctx;
	slot->writable_bytes = device_writes ? bytes + 1 : 1;

	if (bytes <= piece) {
		/* The usual request: one data descriptor, linked as it was. */
		slot->chain->addr = htole64(iova);
		slot->chain->len = htole32(bytes);
		slot->chain->flags = htole16(flags);
		data = bytes != 0;
	} else {
		struct vring_desc *desc = slot->chain;

		for (data = 0; bytes; data++, desc++) {
			uint32_t len = bytes < piece ? bytes : piece;

			desc->addr = htole64(iova);
			desc->len = htole32(len);
			desc->flags = htole16(flags);
			iova += len;
			bytes -= len;
		}
	}
	if (slot->data != data)
		virtq_split_relink(vq, slot, data);

	vq->avail->ring[vq->avail_next++ & vq->mask] = htole16((uint16_t)id);
}

/**
 * virtq_split_publish - make every request added since the last publish visible to the device
 * @vq: queue
 *
 * One store for the whole batch. Returns true if the device asked to be notified
 * (VIRTIO 1.3, 2.7.13.3-4).
 */
static inline bool virtq_split_publish(struct virtq *vq)
{
	uint16_t old = vq->published, new = vq->avail_next;

	/* Descriptors and ring entries before index: pairs with the device's acquire load of
	 * avail->idx. */
	virtq_store16(&vq->avail->idx, new, memory_order_release);
	vq->published = new;

	/*
	 * Index before the device's wish: pairs with the device's full barrier between writing its
	 * wish and looking at avail->idx once more. Without it both sides could miss each other,
	 * and the request would wait for ever.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	if (vq->event_idx)
		return vring_need_event(
			virtq_load16(virtq_split_avail_event(vq), memory_order_relaxed), new, old);
	return !(virtq_load16(&vq->used->flags, memory_order_relaxed) & VRING_USED_F_NO_NOTIFY);
}

/**
 * virtq_split_ready - how many requests the device has used and nobody has taken back
 * @vq: queue
 *
 * Returns a number, at most what is outstanding; -1 when the device's index says what can't be
 * (@vq->fault).
 */
static inline int virtq_split_ready(struct virtq *vq)
{
	/* Index before elements, data and status: pairs with the device's release store of
	 * used->idx. */
	uint16_t ready =
		(uint16_t)(virtq_load16(&vq->used->idx, memory_order_acquire) - vq->used_next);

	/* Requests that were added but not published are not the device's yet. */
	if (ready >
	    (uint16_t)(virtq_outstanding(vq) - (uint16_t)(vq->avail_next - vq->published))) {
		vq->fault = VIRTQ_FAULT_USED_INDEX;
		vq->fault_value = (uint16_t)(ready + vq->used_next);
		return -1;
	}
	return ready;
}

/**
 * virtq_split_take - take back one used request
 * @vq: queue with at least one ready (virtq_split_ready())
 * @tail: set to the first byte of the request's tail
 *
 * Returns the request's context; NULL when the element says what can't be (@vq->fault).
 * VIRTIO 1.3, 2.7.14.
 */
static inline void *virtq_split_take(struct virtq *vq, unsigned char *tail)
{
	const struct vring_used_elem *elem = &vq->used->ring[vq->used_next & vq->mask];
	/* Each is read once: the device could change it between a check and its use. */
	uint32_t id = le32toh(*(const volatile uint32_t *)&elem->id);
	uint32_t len = le32toh(*(const volatile uint32_t *)&elem->len);
	struct virtq_slot *slot;
	void *ctx;

	if (__builtin_expect(id >= vq->slots, 0)) {
		vq->fault = VIRTQ_FAULT_USED_ID;
		vq->fault_value = id;
		return NULL;
	}
	slot = &vq->slot[id];
	ctx = slot->ctx;
	if (__builtin_expect(!ctx, 0)) {
		vq->fault = VIRTQ_FAULT_NOT_OUTSTANDING;
		vq->fault_value = id;
		return NULL;
	}
	if (__builtin_expect(len != slot->writable_bytes, 0)) {
		if (len > slot->writable_bytes) {
			vq->fault = VIRTQ_FAULT_USED_LENGTH;
			vq->fault_value = len;
			return NULL;
		}
		vq->short_lengths++;
	}
	vq->used_next++;
	slot->ctx = NULL;
	*tail = *(const volatile unsigned char *)virtq_slot_tail(vq, id);
	vq->free[vq->nfree++] = (uint16_t)id;
	return ctx;
}

/**
 * virtq_split_arm - ask the device for a notification, before sleeping
 * @vq: queue
 * @want: used requests that are worth waking up for, counted from the first not taken back
 *
 * Returns true if that many are there already, so that no notification may come: don't sleep. With
 * EVENT_IDX the device signals when the @want-th is used; without it, at any. VIRTIO 1.3, 2.7.7
 * and 2.7.10.
 */
static inline bool virtq_split_arm(struct virtq *vq, uint16_t want)
{
	if (vq->event_idx)
		virtq_store16(virtq_split_used_event(vq), (uint16_t)(vq->used_next + want - 1),
			      memory_order_relaxed);
	else
		virtq_store16(&vq->avail->flags, 0, memory_order_relaxed);

	/*
	 * Wish before index: pairs with the device's full barrier between its store of used->idx
	 * and its look at our wish. Either it sees the wish, or we see its index.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	return (uint16_t)(virtq_load16(&vq->used->idx, memory_order_relaxed) - vq->used_next) >=
	       want;
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
		virtq_store16(virtq_split_used_event(vq), (uint16_t)(vq->used_next - 1),
			      memory_order_relaxed);
	else
		virtq_store16(&vq->avail->flags, VRING_AVAIL_F_NO_INTERRUPT, memory_order_relaxed);
}

#endif
