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
 * (virtq_split.h, virtq_packed.h) put slots on the ring and take them back; virtq_ops.h chooses
 * between them.
 */
#ifndef VIRTQ_VIRTQ_H
#define VIRTQ_VIRTQ_H

#include <endian.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/virtio_ring.h>

#include "virtq/base.h"
#include "virtq/virtq_order.h"

/* Most entries a ring can have (VIRTIO 1.3, 2.7 and 2.8.10.1). */
#define VIRTQ_SIZE_MAX 32768u

#define VIRTQ_CACHE_LINE 64u

/* virtq_base() of an empty packed ring: descriptor 0, both wrap counters 1. */
#define VIRTQ_BASE_PACKED 0x80008000u

/*
 * An index both sides share. Every access goes through the helpers below, which name the order; the
 * volatile view keeps the layout of the specification's structures (an _Atomic member is not
 * guaranteed to).
 */
static inline uint16_t virtq_load16(const __virtio16 *p, memory_order order)
{
	uint16_t value = le16toh(atomic_load_explicit((const _Atomic uint16_t *)p, order));

	if (order == memory_order_acquire)
		virtq_order_reads();
	return value;
}

static inline void virtq_store16(__virtio16 *p, uint16_t value, memory_order order)
{
	if (order == memory_order_release)
		virtq_order_writes();
	atomic_store_explicit((_Atomic uint16_t *)p, htole16(value), order);
}

/**
 * enum virtq_fault - what a device did to a queue that no device may do
 * @VIRTQ_FAULT_NONE: nothing
 * @VIRTQ_FAULT_USED_INDEX: used index moved by more than what is outstanding (or backwards)
 * @VIRTQ_FAULT_USED_ID: used element names an id that no slot has
 * @VIRTQ_FAULT_NOT_OUTSTANDING: used element names a request that is not outstanding
 * @VIRTQ_FAULT_USED_LENGTH: used length is more than the request's device-writable bytes (strict)
 * @VIRTQ_FAULT_SHORT_LENGTH: it is less, of a request that succeeded (strict)
 *
 * Those marked "strict" endanger nobody: they are faults with struct virtq_config's @strict only,
 * and counted without it.
 */
enum virtq_fault {
	VIRTQ_FAULT_NONE,
	VIRTQ_FAULT_USED_INDEX,
	VIRTQ_FAULT_USED_ID,
	VIRTQ_FAULT_NOT_OUTSTANDING,
	VIRTQ_FAULT_USED_LENGTH,
	VIRTQ_FAULT_SHORT_LENGTH,
};

/**
 * struct virtq_config - what a queue is made of
 * @size: ring entries; a power of two for split rings (VIRTIO 1.3, 2.7), any number for packed ones
 * @slots: requests that can be in flight; 0 = as many as the ring holds
 * @segments: most data descriptors of a request
 * @header_bytes: device-readable bytes at a request's start
 * @footer_bytes: device-writable bytes at a request's end: 1, or 0 = no tail, and no data either
 * @packed: VIRTIO_F_RING_PACKED was negotiated
 * @indirect: VIRTIO_F_INDIRECT_DESC was negotiated: a request takes one ring entry
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @in_order: VIRTIO_F_IN_ORDER was negotiated
 * @strict: a used length that is wrong is a fault; else it is counted
 */
struct virtq_config {
	uint32_t size;
	uint32_t slots;
	uint32_t segments;
	uint32_t header_bytes;
	uint32_t footer_bytes;
	bool packed;
	bool indirect;
	bool event_idx;
	bool in_order;
	bool strict;
};

/**
 * struct virtq_layout - where the device-visible parts of a queue lie, as offsets from its start
 * @desc: descriptor area (VIRTIO 1.3, 2.7 and 2.8: aligned to 16)
 * @driver: driver area: the available ring, or the driver's event suppression (aligned to 4)
 * @device: device area: the used ring, or the device's event suppression (aligned to 4)
 * @slot: first request slot
 * @slot_stride: bytes from one slot to the next
 * @header: request head within a slot
 * @footer: request tail within a slot
 * @bytes: the whole queue
 * @slots: requests that can be in flight
 */
struct virtq_layout {
	size_t desc, driver, device;
	size_t slot, slot_stride, header, footer;
	size_t bytes;
	uint32_t slots;
};

/**
 * enum virtq_mode - how the operations of a queue go about
 * @VIRTQ_SPLIT: split ring, direct or indirect
 * @VIRTQ_SPLIT_IN_ORDER: split ring with IN_ORDER
 * @VIRTQ_PACKED_INDIRECT: packed ring, one ring descriptor a request
 * @VIRTQ_PACKED_DIRECT: packed ring, the whole list on the ring
 * @VIRTQ_PACKED_IN_ORDER: packed ring with IN_ORDER
 * @VIRTQ_MODES: how many there are
 */
enum virtq_mode {
	VIRTQ_SPLIT,
	VIRTQ_SPLIT_IN_ORDER,
	VIRTQ_PACKED_INDIRECT,
	VIRTQ_PACKED_DIRECT,
	VIRTQ_PACKED_IN_ORDER,
	VIRTQ_MODES,
};

/**
 * struct virtq_desc - a descriptor of either layout
 * @addr: I/O virtual address
 * @meta: the rest of it, which is written as one: length (32 bits); then flags and next (split), or
 *	  id and flags (packed), 16 bits each
 * @packed: the rest of a packed descriptor, by its fields
 *
 * All little-endian.
 */
struct virtq_desc {
	__le64 addr;
	union {
		__le64 meta;
		struct {
			__le32 len;
			__le16 id;
			__le16 flags;
		} packed;
	};
};

/**
 * struct virtq_slot - driver's own record of one request
 * @ctx: the caller's context; NULL = the request is not outstanding
 * @next: next free slot
 * @header: memory of the head
 * @footer: memory of the tail
 * @chain: descriptors of the data, then of the tail, where they have a place of their own: in the
 *	   slot's indirect table, or in a split ring
 * @footer_iova: where they have none: the tail as the device addresses it
 * @meta: what the word of its usual data descriptor has beside length and WRITE
 * @iova: what its ring descriptor points to: the head, or the indirect table
 * @writable_bytes: bound of the used length the device may report
 * @id: number of the slot
 * @data: data descriptors linked at present, where they have a place of their own
 * @length: packed, direct: descriptors of the request
 *
 * One cache line.
 */
struct virtq_slot {
	_Alignas(VIRTQ_CACHE_LINE) void *ctx;
	struct virtq_slot *next;
	unsigned char *header;
	unsigned char *footer;
	union {
		struct virtq_desc *chain;
		uint64_t footer_iova;
	};
	uint64_t meta;
	uint64_t iova;
	uint32_t writable_bytes;
	uint16_t id;
	union {
		uint16_t data;
		uint16_t length;
	};
};

/**
 * struct virtq_split - what is a split ring's alone
 * @desc: descriptor area
 * @avail: driver area
 * @used: device area
 * @avail_event: in there, where the device wants to be notified
 * @mask: ring entries - 1
 * @desc_next: IN_ORDER, direct: where the next request's descriptors go
 * @desc_slot: IN_ORDER, direct: the slot whose request starts at a descriptor
 */
struct virtq_split {
	struct virtq_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	__virtio16 *avail_event;
	uint32_t mask;
	uint16_t desc_next;
	uint16_t *desc_slot;
};

/**
 * struct virtq_packed - what is a packed ring's alone
 * @desc: descriptor ring
 * @driver: driver area: our wish for notifications
 * @device: device area: the device's
 * @first: the first descriptor added since the last publish, NULL = none was
 * @first_flags: what is still to be written there
 * @avail: in the place of flags: what makes a descriptor available in this pass over the ring
 * @head_meta: the same for the head of a list, with its length
 * @tail_meta: the same for the tail of a list, with its length
 * @used: flags of a descriptor that is used in this pass
 * @next: where the next request's first descriptor goes
 * @used_next: where the next used descriptor will be
 * @end: end of the descriptor ring
 */
struct virtq_packed {
	struct virtq_desc *desc;
	uint32_t *driver;
	uint32_t *device;
	struct virtq_desc *first;
	uint64_t avail;
	uint64_t head_meta;
	uint64_t tail_meta;
	uint16_t used;
	uint16_t first_flags;
	struct virtq_desc *next;
	struct virtq_desc *used_next;
	struct virtq_desc *end;
};

/**
 * struct virtq - one queue, the driver's own memory
 * @slot: records, one a slot
 * @free: the next slot to use, NULL when there is none. The free ones are a stack: the last one
 *	  freed is the next one used, while its lines are still in the cache. With IN_ORDER they are
 *	  a queue, so that slots come round in ring order
 * @last: IN_ORDER: the end of that queue
 * @mode: enum virtq_mode
 * @is_packed: VIRTIO_F_RING_PACKED: @packed is valid, else @split
 * @indirect: VIRTIO_F_INDIRECT_DESC
 * @event_idx: VIRTIO_F_EVENT_IDX
 * @added: requests added, ever
 * @published: of these, made visible to the device
 * @taken: of these, taken back; a split ring's next used index
 * @slots: requests that can be in flight
 * @segments: most data descriptors of a request
 * @ends: descriptors of a request beside its data: head and tail
 * @header_bytes: length of a head
 * @footer_bytes: length of a tail
 * @split: the rest of a split ring
 * @packed: the rest of a packed ring
 * @oldest: IN_ORDER: number of the oldest outstanding slot
 * @batch_left: IN_ORDER: requests that the last used element stands for and that were not taken yet
 * @fault: first thing the device did that it may not
 * @fault_value: the value it wrote (index, id, length)
 * @short_lengths: used lengths below what the request's device-writable bytes are
 * @long_lengths: used lengths above that
 * @formatted: descriptors are written
 * @strict: wrong used lengths are faults
 * @length_slot: strict: the request that @fault is a wrong used length of
 * @open_ended: strict: the request whose answer may be shorter than its room, NULL = there is none
 */
struct virtq {
	struct virtq_slot *slot;
	struct virtq_slot *free;
	struct virtq_slot *last;
	uint8_t mode;
	bool is_packed;
	bool indirect;
	bool event_idx;
	uint32_t added;
	uint32_t published;
	uint32_t taken;
	uint32_t slots;
	uint16_t segments;
	uint16_t ends;
	uint32_t header_bytes;
	uint32_t footer_bytes;
	union {
		struct virtq_split split;
		struct virtq_packed packed;
	};
	uint16_t oldest;
	uint16_t batch_left;
	enum virtq_fault fault;
	uint32_t fault_value;
	uint64_t short_lengths;
	uint64_t long_lengths;
	bool formatted;
	bool strict;
	struct virtq_slot *length_slot;
	const struct virtq_slot *open_ended;
};

int virtq_layout(const struct virtq_config *config, struct virtq_layout *layout);
size_t virtq_state_bytes(const struct virtq_config *config, const struct virtq_layout *layout);
void virtq_init(struct virtq *vq, const struct virtq_config *config,
		const struct virtq_layout *layout, void *memory, void *state);
void virtq_format(struct virtq *vq, const struct virtq_layout *layout, uint64_t iova);
void virtq_restart(struct virtq *vq, const struct virtq_config *config,
		   const struct virtq_layout *layout, uint64_t iova);
uint32_t virtq_base(const struct virtq *vq);
uint16_t virtq_next(const struct virtq *vq);
int virtq_describe(const struct virtq *vq, char *text, size_t bytes);
int virtq_fault_describe(const struct virtq *vq, char *text, size_t bytes);
bool virtq_accept_length(struct virtq *vq);

/**
 * virtq_outstanding - requests added and not yet taken back
 * @vq: queue
 */
static inline uint16_t virtq_outstanding(const struct virtq *vq)
{
	return (uint16_t)(vq->added - vq->taken);
}

/**
 * virtq_slot_free - the slot of the next request
 * @vq: queue
 *
 * Returns NULL when all are in flight. The caller fills in its head and poisons its tail, and calls
 * virtq_add().
 */
static inline struct virtq_slot *virtq_slot_free(const struct virtq *vq)
{
	return vq->free;
}

/* Writes down what is needed to take the request back. */
static inline void virtq_slot_use(struct virtq *vq, struct virtq_slot *slot, void *ctx,
				  uint32_t bytes, bool device_writes)
{
	vq->free = slot->next;
	slot->ctx = ctx;
	slot->writable_bytes = (device_writes ? bytes : 0) + 1;
}

/*
 * Keeps the compiler from holding the queue's fields in registers across requests. They are in the
 * cache; saving and restoring registers would cost a single request more than reading them again
 * does a batch.
 */
static inline void virtq_reload_fields(void)
{
	atomic_signal_fence(memory_order_acq_rel);
}

static inline __attribute__((cold)) void *virtq_fail(struct virtq *vq, enum virtq_fault fault,
						     uint32_t value)
{
	vq->fault = fault;
	vq->fault_value = value;
	return NULL;
}

/*
 * What a used element says of a request: its slot, or NULL (@vq->fault). The values were read once,
 * and are copies. The driver relies on no length (RING-6), and many devices report wrong ones: a
 * strict queue judges them outside of the loop that takes requests back (virtq_accept_length()).
 */
static inline struct virtq_slot *virtq_slot_check(struct virtq *vq, uint32_t id, uint32_t len)
{
	struct virtq_slot *slot = vq->slot + id;

	if (UNLIKELY(id >= vq->slots))
		return virtq_fail(vq, VIRTQ_FAULT_USED_ID, id);
	if (UNLIKELY(!slot->ctx))
		return virtq_fail(vq, VIRTQ_FAULT_NOT_OUTSTANDING, id);
	/* What there is room for, as a rule. */
	if (UNLIKELY(len != slot->writable_bytes)) {
		virtq_reload_fields();
		if (vq->strict) {
			vq->length_slot = slot;
			return virtq_fail(vq, VIRTQ_FAULT_USED_LENGTH, len);
		}
		if (len > slot->writable_bytes)
			vq->long_lengths++;
		else
			vq->short_lengths++;
	}
	return slot;
}

/**
 * typedef virtq_on_error - told of a request whose tail does not start with 0
 * @arg: the caller's
 * @ctx: context of the request
 * @footer: first byte of its tail, read once
 */
typedef void (*virtq_on_error)(void *arg, void *ctx, unsigned char footer);

/* Takes a used request back. The byte of its tail is read once. */
static inline void *virtq_slot_take(struct virtq *vq, struct virtq_slot *slot,
				    virtq_on_error on_error, void *arg)
{
	unsigned char footer = *(const volatile unsigned char *)slot->footer;
	void *ctx = slot->ctx;

	slot->ctx = NULL;
	slot->next = vq->free;
	vq->free = slot;
	virtq_reload_fields();
	vq->taken++;
	if (UNLIKELY(footer))
		on_error(arg, ctx, footer);
	return ctx;
}

#endif
