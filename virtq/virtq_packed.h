/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packed virtqueues (VIRTIO 1.3, 2.8): the hot path of a request.
 *
 * For each request, these cache lines move between the cores of driver and device:
 * - written by the driver: the request's ring descriptors (4 per line); with indirect descriptors,
 *   one ring descriptor and the slot's table and header
 * - written by the device: one used descriptor (4 per line), and the status byte
 * Each event suppression structure has its own line and changes only when notifications are
 * enabled or disabled.
 */
#ifndef VIRTQ_VIRTQ_PACKED_H
#define VIRTQ_VIRTQ_PACKED_H

#include "virtq/base.h"
#include "virtq/virtq.h"

/* Flags at their position in struct virtq_desc's @meta. */
#define VIRTQ_PACKED_FLAGS(flags) ((uint64_t)(flags) << 48)
#define VIRTQ_PACKED_AVAIL	  VIRTQ_PACKED_FLAGS(1u << VRING_PACKED_DESC_F_AVAIL)
#define VIRTQ_PACKED_USED	  VIRTQ_PACKED_FLAGS(1u << VRING_PACKED_DESC_F_USED)
#define VIRTQ_PACKED_BOTH	  (VIRTQ_PACKED_AVAIL | VIRTQ_PACKED_USED)

/* The AVAIL and USED bits of a descriptor's flags field. */
#define VIRTQ_PACKED_WRAP (1u << VRING_PACKED_DESC_F_AVAIL | 1u << VRING_PACKED_DESC_F_USED)

void virtq_packed_format(struct virtq *vq);
void virtq_packed_add_slow(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
			   uint32_t piece, bool device_writes);
void **virtq_packed_take_in_order(struct virtq *vq, void **ctx, void **end, virtq_on_error on_error,
				  void *arg);

/* Length, id and flags of a descriptor; @flags come from VIRTQ_PACKED_FLAGS(). */
static inline uint64_t virtq_packed_meta(uint32_t len, unsigned int id, uint64_t flags)
{
	return flags | (uint64_t)id << 32 | len;
}

static inline void virtq_packed_put(struct virtq_desc *desc, uint64_t iova, uint64_t meta)
{
	desc->addr = htole64(iova);
	desc->meta = htole64(meta);
}

/*
 * Write the head descriptor of a list whose other descriptors are written already. The first head
 * descriptor of a batch keeps its old flags until the batch is published (PACK-1). The device stops
 * there, so it does not see the later head descriptors either.
 */
static inline void virtq_packed_put_first(struct virtq_packed *ring, struct virtq_desc *desc,
					  uint64_t iova, uint64_t meta)
{
	desc->addr = htole64(iova);
	if (ring->first) {
		desc->meta = htole64(meta);
	} else {
		desc->packed.len = htole32((uint32_t)meta);
		desc->packed.id = htole16((uint16_t)(meta >> 32));
		ring->first = desc;
		ring->first_flags = (uint16_t)(meta >> 48);
	}
}

/*
 * Return true if a request with one data descriptor only has to write that descriptor and its
 * @length ring descriptors, and its ring descriptors do not reach the end of the ring.
 */
static inline bool virtq_packed_is_fast(const struct virtq_packed *ring,
					const struct virtq_slot *slot, unsigned int length)
{
	return ring->next + length < ring->end && (length > 1 || slot->data == 1);
}

/* virtq_packed_add_indirect() for data in one descriptor, if virtq_packed_is_fast(). */
static inline void virtq_packed_add_indirect_fast(struct virtq *vq, struct virtq_slot *slot,
						  void *ctx, uint64_t iova, uint32_t bytes,
						  bool device_writes)
{
	uint64_t flags = device_writes ? VIRTQ_PACKED_FLAGS(VRING_DESC_F_WRITE) : 0;
	struct virtq_packed *ring = &vq->packed;
	struct virtq_desc *desc = ring->next;

	virtq_slot_use(vq, slot, ctx, bytes, device_writes);
	vq->added++;
	virtq_packed_put(slot->chain, iova, virtq_packed_meta(bytes, 0, flags));
	virtq_packed_put_first(ring, desc, slot->iova, slot->meta | ring->avail);
	ring->next = desc + 1;
}

/**
 * virtq_packed_add_indirect - add a request that uses its slot's indirect table to a packed ring
 * @vq: queue
 * @slot: free slot, from virtq_slot_free(); a free slot implies free ring descriptors (PACK-2)
 * @ctx: context that virtq_packed_take() returns for this request, not NULL
 * @iova: I/O virtual address of the data
 * @bytes: length of the data, 0 = no data
 * @piece: maximum bytes per data descriptor; at most @vq->segments descriptors cover @bytes
 * @device_writes: the data is device-writable (a read)
 *
 * The device sees it at the next publish. VIRTIO 1.3, 2.8.21.1.
 */
static inline void virtq_packed_add_indirect(struct virtq *vq, struct virtq_slot *slot, void *ctx,
					     uint64_t iova, uint32_t bytes, uint32_t piece,
					     bool device_writes)
{
	if (LIKELY(bytes - 1 < piece && virtq_packed_is_fast(&vq->packed, slot, 1))) {
		virtq_packed_add_indirect_fast(vq, slot, ctx, iova, bytes, device_writes);
	} else {
		virtq_slot_use(vq, slot, ctx, bytes, device_writes);
		vq->added++;
		virtq_packed_add_slow(vq, slot, iova, bytes, piece, device_writes);
	}
}

/* virtq_packed_add_direct() for data in one descriptor, if virtq_packed_is_fast(). */
static inline void virtq_packed_add_direct_fast(struct virtq *vq, struct virtq_slot *slot,
						void *ctx, uint64_t iova, uint32_t bytes,
						bool device_writes)
{
	uint64_t flags = VIRTQ_PACKED_FLAGS(device_writes ? VRING_DESC_F_NEXT | VRING_DESC_F_WRITE
							  : VRING_DESC_F_NEXT);
	struct virtq_packed *ring = &vq->packed;
	struct virtq_desc *desc = ring->next;

	virtq_slot_use(vq, slot, ctx, bytes, device_writes);
	vq->added++;
	slot->length = 3;
	virtq_packed_put(&desc[1], iova, slot->meta | ring->avail | flags | bytes);
	virtq_packed_put(&desc[2], slot->footer_iova, slot->meta | ring->tail_meta);
	virtq_packed_put_first(ring, desc, slot->iova, slot->meta | ring->head_meta);
	ring->next = desc + 3;
}

/**
 * virtq_packed_add_direct - add a request to a packed ring, as a list of ring descriptors
 * @vq: queue
 * @slot: free slot, from virtq_slot_free(); a free slot implies free ring descriptors (PACK-2)
 * @ctx: context that virtq_packed_take() returns for this request, not NULL
 * @iova: I/O virtual address of the data
 * @bytes: length of the data, 0 = no data
 * @piece: maximum bytes per data descriptor; at most @vq->segments descriptors cover @bytes
 * @device_writes: the data is device-writable (a read)
 *
 * The device sees it at the next publish. VIRTIO 1.3, 2.8.21.1.
 */
static inline void virtq_packed_add_direct(struct virtq *vq, struct virtq_slot *slot, void *ctx,
					   uint64_t iova, uint32_t bytes, uint32_t piece,
					   bool device_writes)
{
	if (LIKELY(bytes - 1 < piece && virtq_packed_is_fast(&vq->packed, slot, 3))) {
		virtq_packed_add_direct_fast(vq, slot, ctx, iova, bytes, device_writes);
	} else {
		virtq_slot_use(vq, slot, ctx, bytes, device_writes);
		vq->added++;
		virtq_packed_add_slow(vq, slot, iova, bytes, piece, device_writes);
	}
}

/*
 * An event suppression structure as one 32-bit value, so that one load or store covers it:
 * descriptor offset and wrap counter in the low half, flags in the high half.
 */
static inline uint32_t virtq_packed_get_event(const uint32_t *event)
{
	return le32toh(atomic_load_explicit((const _Atomic uint32_t *)event, memory_order_relaxed));
}

static inline void virtq_packed_set_event(uint32_t *event, unsigned int off_wrap,
					  unsigned int flags)
{
	atomic_store_explicit((_Atomic uint32_t *)event, htole32(flags << 16 | off_wrap),
			      memory_order_relaxed);
}

/**
 * virtq_packed_publish - make every request added since the last publish visible to the device
 * @vq: queue
 *
 * One store of flags publishes the whole batch. Returns true if the device wants an available
 * buffer notification (VIRTIO 1.3, 2.8.21.2-3).
 */
static inline bool virtq_packed_publish(struct virtq *vq)
{
	struct virtq_packed *ring = &vq->packed;
	uint32_t new, old, event, off, size;
	struct virtq_desc *first = ring->first;

	if (!first)
		return false;
	/* Store the rest of the batch before the flags: pairs with the device's acquire load. */
	virtq_store16(&first->packed.flags, ring->first_flags, memory_order_release);
	ring->first = NULL;
	vq->published = vq->added;

	/*
	 * Store the flags before loading the device's event suppression structure: pairs with the
	 * device's full barrier between enabling notifications and checking the ring again
	 * (PACK-7).
	 */
	virtq_order_all();
	event = virtq_packed_get_event(ring->device);
	if (LIKELY((event >> 16 & 3) != VRING_PACKED_EVENT_FLAG_DESC))
		return (event >> 16 & 3) != VRING_PACKED_EVENT_FLAG_DISABLE;
	if (!vq->event_idx)
		return true;
	/* Positions of the previous pass over the ring count as negative. */
	size = (uint32_t)(ring->end - ring->desc);
	new = (uint32_t)(ring->next - ring->desc);
	old = (uint32_t)(first - ring->desc);
	if (old >= new)
		old -= size;
	off = event & 0x7fff;
	if (!(event & 1u << VRING_PACKED_EVENT_F_WRAP_CTR) == !(ring->avail & VIRTQ_PACKED_USED))
		off -= size;
	return vring_need_event((uint16_t)off, (uint16_t) new, (uint16_t)old);
}

/* Return true if @desc, the next descriptor in ring order, is used. */
static inline bool virtq_packed_is_used(const struct virtq_packed *ring,
					const struct virtq_desc *desc)
{
	/* Load flags before id, data and status: pairs with the device's release store of the
	 * flags. */
	uint16_t flags = virtq_load16(&desc->packed.flags, memory_order_acquire);

	return !((flags ^ ring->used) & VIRTQ_PACKED_WRAP);
}

/*
 * Return the slot of a used descriptor, or NULL after recording a fault (virtq_fail()). Each field
 * is read once.
 */
static inline struct virtq_slot *virtq_packed_read(struct virtq *vq, const struct virtq_desc *desc)
{
	const volatile struct virtq_desc *used = desc;
	uint16_t id = le16toh(used->packed.id);
	uint32_t len = le32toh(used->packed.len);

	/* A faulty device may mark more descriptors used than requests are outstanding. */
	if (UNLIKELY(vq->taken == vq->published))
		return virtq_fail(vq, VIRTQ_FAULT_NOT_OUTSTANDING, id);
	return virtq_slot_check(vq, id, len);
}

/* Set the next used position; the wrap counter flips at the ring's end (PACK-3). */
static inline void virtq_packed_advance(struct virtq_packed *ring, struct virtq_desc *next)
{
	if (UNLIKELY(next >= ring->end)) {
		next -= ring->end - ring->desc;
		ring->used ^= VIRTQ_PACKED_WRAP;
	}
	ring->used_next = next;
}

/**
 * virtq_packed_take - take back used requests
 * @vq: queue
 * @ctx: array to fill with the contexts of used requests
 * @end: end of the array, not @ctx
 * @on_error: called for each request whose footer is not 0
 * @arg: argument for @on_error
 * @indirect: each request takes one ring descriptor; otherwise its slot's @length
 *
 * Returns the end of the contexts filled in. If the device wrote something invalid after the last
 * of these requests, @vq->fault is set. VIRTIO 1.3, 2.8.22.
 */
static inline void **virtq_packed_take(struct virtq *vq, void **ctx, void **end,
				       virtq_on_error on_error, void *arg, bool indirect)
{
	struct virtq_packed *ring = &vq->packed;

	do {
		struct virtq_desc *desc = ring->used_next;
		struct virtq_slot *slot;

		if (!virtq_packed_is_used(ring, desc))
			break;
		slot = virtq_packed_read(vq, desc);
		if (UNLIKELY(!slot))
			break;
		virtq_packed_advance(ring, desc + (indirect ? 1 : slot->length));
		*ctx++ = virtq_slot_take(vq, slot, on_error, arg);
	} while (ctx != end);
	return ctx;
}

/**
 * virtq_packed_arm - ask the device for a used buffer notification, before sleeping
 * @vq: queue
 * @want: number of used requests to wait for, counted from the first one not taken back
 *
 * With EVENT_IDX the device notifies when the @want-th request is used, or earlier with direct
 * descriptors, where the number of ring descriptors per request varies; without EVENT_IDX, when any
 * request is used. Returns true if a request is used already: the caller must not sleep, because
 * the device may not notify. VIRTIO 1.3, 2.8.10 and 2.8.14.
 */
static inline bool virtq_packed_arm(struct virtq *vq, uint16_t want)
{
	struct virtq_packed *ring = &vq->packed;

	if (vq->event_idx) {
		uint32_t size = (uint32_t)(ring->end - ring->desc);
		uint32_t off = (uint32_t)(ring->used_next - ring->desc) +
			       (want - 1u) * (vq->indirect ? 1u : vq->ends);
		unsigned int wrap = !!ring->used;

		if (off >= size) {
			off -= size;
			wrap ^= 1;
		}
		virtq_packed_set_event(ring->driver, off | wrap << VRING_PACKED_EVENT_F_WRAP_CTR,
				       VRING_PACKED_EVENT_FLAG_DESC);
	} else {
		virtq_packed_set_event(ring->driver, 0, VRING_PACKED_EVENT_FLAG_ENABLE);
	}
	/*
	 * Store the event suppression structure before loading the ring: pairs with the device's
	 * full barrier between storing a used descriptor's flags and loading our event suppression
	 * structure (PACK-7).
	 */
	virtq_order_all();
	return vq->batch_left || virtq_packed_is_used(ring, ring->used_next);
}

/**
 * virtq_packed_disarm - ask the device not to send used buffer notifications
 * @vq: queue
 */
static inline void virtq_packed_disarm(struct virtq *vq)
{
	virtq_packed_set_event(vq->packed.driver, 0, VRING_PACKED_EVENT_FLAG_DISABLE);
}

#endif
