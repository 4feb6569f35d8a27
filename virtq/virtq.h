/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtqueue as its driver sees it: geometry, request slots and bookkeeping.
 *
 * Two kinds of memory meet here and are kept apart on purpose:
 *
 * - Shared with the device: rings, request heads and tails, indirect tables. The device may write
 *   any of it at any time, so the driver writes there and never reads back what it wrote. What the
 *   device writes is read once, checked, and used from the copy.
 * - The driver's own: struct virtq and its slots, that is, which requests are outstanding, their
 *   contexts, the ring positions. No device can reach it. It may live in memory that several
 *   processes map, one of them at a time driving the queue.
 *
 * A request is a head (device-readable), data, and a tail (device-writable), in that order. Each
 * request in flight has a slot. The addresses of its head, tail and indirect table never change, so
 * its descriptors are formatted once and a request writes only what differs. The layouts
 * (virtq_split.h) put slots on the ring and take them back.
 */
#ifndef VIRTQ_VIRTQ_H
#define VIRTQ_VIRTQ_H

#include <endian.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/virtio_ring.h>

/* Most entries a ring can have (VIRTIO 1.3, 2.7 and 2.8.10.1). */
#define VIRTQ_SIZE_MAX 32768u

#define VIRTQ_CACHE_LINE 64u

/*
 * An index both sides share. Every access goes through the helpers below, which name the order; the
 * volatile view keeps the layout of the specification's structures (an _Atomic member is not
 * guaranteed to).
 */
static inline uint16_t virtq_load16(const __virtio16 *p, memory_order order)
{
	return le16toh(atomic_load_explicit((const _Atomic uint16_t *)p, order));
}

static inline void virtq_store16(__virtio16 *p, uint16_t value, memory_order order)
{
	atomic_store_explicit((_Atomic uint16_t *)p, htole16(value), order);
}

/**
 * enum virtq_fault - what a device did to a queue that no device may do
 * @VIRTQ_FAULT_NONE: nothing
 * @VIRTQ_FAULT_USED_INDEX: used index moved by more than what is outstanding (or backwards)
 * @VIRTQ_FAULT_USED_ID: used element names an id that no slot has
 * @VIRTQ_FAULT_NOT_OUTSTANDING: used element names a request that is not outstanding
 * @VIRTQ_FAULT_USED_LENGTH: used length is more than the request's device-writable bytes
 */
enum virtq_fault {
	VIRTQ_FAULT_NONE,
	VIRTQ_FAULT_USED_INDEX,
	VIRTQ_FAULT_USED_ID,
	VIRTQ_FAULT_NOT_OUTSTANDING,
	VIRTQ_FAULT_USED_LENGTH,
};

/**
 * struct virtq_config - what a queue is made of
 * @size: ring entries, a power of two (VIRTIO 1.3, 2.7)
 * @slots: requests that can be in flight; 0 = as many as the ring holds
 * @segments: most data descriptors of a request, at least 1
 * @head_bytes: device-readable bytes at a request's start
 * @tail_bytes: device-writable bytes at a request's end
 * @indirect: VIRTIO_F_INDIRECT_DESC was negotiated: a request takes one ring entry
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 */
struct virtq_config {
	uint32_t size;
	uint32_t slots;
	uint32_t segments;
	uint32_t head_bytes;
	uint32_t tail_bytes;
	bool indirect;
	bool event_idx;
};

/**
 * struct virtq_layout - where the device-visible parts of a queue lie, as offsets from its start
 * @desc: descriptor area (VIRTIO 1.3, 2.7: aligned to 16)
 * @driver: driver area, the available ring (aligned to 2)
 * @device: device area, the used ring (aligned to 4)
 * @slot: first request slot
 * @slot_stride: bytes from one slot to the next
 * @head: request head within a slot
 * @tail: request tail within a slot
 * @bytes: the whole queue
 * @slots: requests that can be in flight
 */
struct virtq_layout {
	size_t desc, driver, device;
	size_t slot, slot_stride, head, tail;
	size_t bytes;
	uint32_t slots;
};

/**
 * struct virtq_slot - driver's own record of one request
 * @ctx: the caller's context; NULL = not outstanding
 * @head: descriptor of the head, in the ring or in this slot's indirect table
 * @chain: descriptors of the data, then of the tail
 * @writable_bytes: bound of the used length the device may report
 * @link: index of @chain[0] in the terms that next fields use
 * @data: data descriptors linked at present
 */
struct virtq_slot {
	void *ctx;
	struct vring_desc *head;
	struct vring_desc *chain;
	uint32_t writable_bytes;
	uint16_t link;
	uint16_t data;
};

/**
 * struct virtq - one queue, the driver's own memory
 * @desc: descriptor area
 * @avail: driver area
 * @used: device area
 * @slot: records, one a slot
 * @free: stack of free slots; the last one freed is the next one used, while its lines are still in
 * the cache
 * @heads: memory of the first slot's head
 * @tails: memory of the first slot's tail
 * @slot_stride: bytes between slots
 * @mask: ring entries - 1
 * @slots: requests that can be in flight
 * @nfree: free slots
 * @segments: most data descriptors of a request
 * @event_idx: VIRTIO_F_EVENT_IDX
 * @indirect: VIRTIO_F_INDIRECT_DESC
 * @formatted: descriptors are written
 * @avail_next: next index of the available ring
 * @published: index last made visible to the device
 * @used_next: next index of the used ring
 * @fault: first thing the device did that it may not
 * @fault_value: the value it wrote (index, id, length)
 * @short_lengths: used lengths below what the request's status needs
 */
struct virtq {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	struct virtq_slot *slot;
	uint16_t *free;
	unsigned char *heads;
	unsigned char *tails;
	uint32_t slot_stride;
	uint16_t mask;
	uint16_t nfree;
	uint16_t avail_next;
	uint16_t published;
	uint16_t used_next;
	uint16_t slots;
	uint16_t segments;
	bool event_idx;
	bool indirect;
	bool formatted;
	enum virtq_fault fault;
	uint32_t fault_value;
	uint64_t short_lengths;
};

int virtq_layout(const struct virtq_config *config, struct virtq_layout *layout);
size_t virtq_state_bytes(const struct virtq_layout *layout);
void virtq_init(struct virtq *vq, const struct virtq_config *config,
		const struct virtq_layout *layout, void *memory, void *state);
void virtq_format(struct virtq *vq, const struct virtq_config *config,
		  const struct virtq_layout *layout, uint64_t iova);
int virtq_fault_describe(const struct virtq *vq, char *text, size_t bytes);

/**
 * virtq_outstanding - requests added and not yet taken back
 * @vq: queue
 */
static inline uint16_t virtq_outstanding(const struct virtq *vq)
{
	return (uint16_t)(vq->slots - vq->nfree);
}

/**
 * virtq_slot_head - a slot's head, for the request header
 * @vq: queue
 * @slot: slot number
 */
static inline void *virtq_slot_head(const struct virtq *vq, unsigned int slot)
{
	return vq->heads + (size_t)slot * vq->slot_stride;
}

/**
 * virtq_slot_tail - a slot's tail, where the device writes the status
 * @vq: queue
 * @slot: slot number
 */
static inline unsigned char *virtq_slot_tail(const struct virtq *vq, unsigned int slot)
{
	return vq->tails + (size_t)slot * vq->slot_stride;
}

/**
 * virtq_slot_peek - the slot the next request will use
 * @vq: queue with at least one free slot (@vq->nfree)
 */
static inline unsigned int virtq_slot_peek(const struct virtq *vq)
{
	return vq->free[vq->nfree - 1];
}

#endif
