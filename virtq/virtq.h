/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's side of a virtqueue: layout, request slots and state.
 *
 * A queue uses two kinds of memory, and they are kept separate:
 *
 * - Memory shared with the device: rings, headers and footers of requests, indirect tables. The
 *   device may write to any of it at any time. The driver writes there and never reads back what it
 *   wrote. A value that the device writes is read once, checked, and used from the copy.
 * - Memory of the driver: struct virtq and its slots, which record the outstanding requests, their
 *   contexts and the ring positions. The device cannot access it. It may be in memory that several
 *   processes map, as long as only one of them uses the queue at a time.
 *
 * A request consists of a header (device-readable), data, and a footer (device-writable), in this
 * order. Each request in flight has a slot. A slot's header, footer and indirect table never move,
 * so their descriptors are written once, and a request writes only what differs. virtq_split.h and
 * virtq_packed.h add slots to a ring and take them back; virtq_ops.h chooses between the two.
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

/* Maximum number of entries of a ring (VIRTIO 1.3, 2.7 and 2.8.10.1). */
#define VIRTQ_SIZE_MAX 32768u

#define VIRTQ_CACHE_LINE 64u

/* virtq_base() of an empty packed ring: descriptor 0, both wrap counters 1. */
#define VIRTQ_BASE_PACKED 0x80008000u

/*
 * Access to a 16-bit field that driver and device share. All accesses use these functions, which
 * name the memory order. The fields are not declared _Atomic, because that need not keep the layout
 * that the specification prescribes.
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
 * enum virtq_fault - a violation of the specification by the device
 * @VIRTQ_FAULT_NONE: no violation
 * @VIRTQ_FAULT_USED_INDEX: the used index moved backwards, or by more than the number of
 *			    outstanding requests
 * @VIRTQ_FAULT_USED_ID: the id of a used element is not the id of a slot
 * @VIRTQ_FAULT_NOT_OUTSTANDING: a used element names a request that is not outstanding
 * @VIRTQ_FAULT_USED_LENGTH: a used length exceeds the request's device-writable bytes (strict)
 * @VIRTQ_FAULT_SHORT_LENGTH: the used length of a successful request is less than its
 *			      device-writable bytes (strict)
 *
 * The violations marked "strict" do no harm. They are faults only if @strict of struct
 * virtq_config is set; otherwise they are counted.
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
 * struct virtq_config - properties of a queue
 * @size: number of ring entries; a power of two for split rings (VIRTIO 1.3, 2.7), any number for
 *	  packed rings
 * @slots: maximum number of requests in flight, 0 = as many as the ring can hold
 * @segments: maximum number of data descriptors of a request
 * @header_bytes: length of the device-readable header of a request
 * @footer_bytes: length of the device-writable footer of a request: 1, or 0 = requests have neither
 *		  footer nor data
 * @packed: VIRTIO_F_RING_PACKED was negotiated
 * @indirect: VIRTIO_F_INDIRECT_DESC was negotiated: a request takes one ring entry
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @in_order: VIRTIO_F_IN_ORDER was negotiated
 * @strict: a wrong used length is a fault; otherwise it is counted
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
 * struct virtq_layout - offsets of the parts of a queue in the memory shared with the device
 * @desc: descriptor area (VIRTIO 1.3, 2.7 and 2.8: aligned to 16)
 * @driver: driver area: the available ring, or the driver's event suppression structure (aligned to
 *	    4)
 * @device: device area: the used ring, or the device's event suppression structure (aligned to 4)
 * @slot: the first request slot
 * @slot_stride: bytes from one slot to the next
 * @header: offset of the header within a slot
 * @footer: offset of the footer within a slot
 * @bytes: length of the whole queue
 * @slots: maximum number of requests in flight
 */
struct virtq_layout {
	size_t desc, driver, device;
	size_t slot, slot_stride, header, footer;
	size_t bytes;
	uint32_t slots;
};

/**
 * enum virtq_mode - which implementation of the operations a queue uses
 * @VIRTQ_SPLIT: split ring, direct or indirect descriptors
 * @VIRTQ_SPLIT_IN_ORDER: split ring with IN_ORDER
 * @VIRTQ_PACKED_INDIRECT: packed ring, one ring descriptor per request
 * @VIRTQ_PACKED_DIRECT: packed ring, all descriptors of a request on the ring
 * @VIRTQ_PACKED_IN_ORDER: packed ring with IN_ORDER
 * @VIRTQ_MODES: number of modes
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
 * struct virtq_desc - a descriptor of a split or packed ring
 * @addr: I/O virtual address of the buffer
 * @meta: all fields except the address, written with one store: length (32 bits), then flags and
 *	  next (split) or id and flags (packed), 16 bits each
 * @packed: the same fields of a packed descriptor, one by one
 *
 * All fields are little-endian.
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
 * struct virtq_slot - the driver's record of one request
 * @ctx: the caller's context, NULL = the request is not outstanding
 * @next: next free slot
 * @header: address of the header
 * @footer: address of the footer
 * @chain: data descriptors, followed by the footer's descriptor, if the slot owns its descriptors:
 *	   in its indirect table, or in a split ring without IN_ORDER
 * @footer_iova: I/O virtual address of the footer, if the slot owns no descriptors
 * @meta: constant bits of the fast path's descriptor (next or id, flags); length and WRITE are
 *	  OR-ed in for each request. Split ring with IN_ORDER and direct descriptors: index of the
 *	  request's head descriptor
 * @iova: I/O virtual address in the ring descriptor: that of the header or of the indirect table
 * @writable_bytes: device-writable bytes of the request, the largest used length the device may
 *		    report
 * @id: number of the slot
 * @data: number of data descriptors that @chain is linked for
 * @length: packed ring, direct descriptors: number of descriptors of the request
 *
 * A slot is one cache line.
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
 * struct virtq_split - state of a split ring
 * @desc: descriptor area
 * @avail: driver area
 * @used: device area
 * @avail_event: the field of the device area in which the device asks for notifications
 * @mask: number of ring entries - 1
 * @desc_next: IN_ORDER with direct descriptors: index of the next request's head descriptor
 * @desc_slot: IN_ORDER with direct descriptors: for each descriptor, the slot whose request has its
 *	       head there
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
 * struct virtq_packed - state of a packed ring
 * @desc: descriptor ring
 * @driver: driver event suppression structure
 * @device: device event suppression structure
 * @first: the first head descriptor added since the last publish, NULL = nothing was added
 * @first_flags: flags that the next publish writes to @first
 * @avail: AVAIL and USED flags that make a descriptor available in this pass over the ring, at
 *	   their position in @meta of struct virtq_desc
 * @head_meta: @avail, with the flags and length of a header's descriptor (direct descriptors)
 * @tail_meta: @avail, with the flags and length of a footer's descriptor (direct descriptors)
 * @used: AVAIL and USED flags of a used descriptor in this pass over the ring
 * @next: the next request's head descriptor
 * @used_next: the descriptor that the device uses next
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
 * struct virtq - the driver's state of a queue
 * @slot: array of slots
 * @free: list of free slots, NULL = all slots are in use. The list is a stack: the slot freed last
 *	  is used next, while its lines are still in the cache. With IN_ORDER the list is a FIFO, so
 *	  that slots are used in ring order
 * @last: IN_ORDER: the last slot of @free
 * @mode: enum virtq_mode
 * @is_packed: VIRTIO_F_RING_PACKED was negotiated: @packed is valid, otherwise @split
 * @indirect: VIRTIO_F_INDIRECT_DESC was negotiated
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @added: number of requests ever added
 * @published: number of requests ever made visible to the device
 * @taken: number of requests ever taken back; for a split ring, the next used index
 * @slots: maximum number of requests in flight
 * @segments: maximum number of data descriptors of a request
 * @ends: number of descriptors of a request that are not for data: header and footer
 * @header_bytes: length of a header
 * @footer_bytes: length of a footer
 * @split: state of a split ring
 * @packed: state of a packed ring
 * @oldest: IN_ORDER: number of the slot of the oldest outstanding request
 * @batch_left: IN_ORDER: requests of the last used element's batch that were not taken back yet
 * @fault: the first violation of the specification by the device
 * @fault_value: the value that the device wrote: index, id or length
 * @short_lengths: number of used lengths below the request's device-writable bytes
 * @long_lengths: number of used lengths above the request's device-writable bytes
 * @formatted: virtq_format() was called
 * @strict: wrong used lengths are faults
 * @length_slot: strict: slot of the request whose used length caused the fault
 * @open_ended: strict: slot of the request that the device may complete successfully without
 *		writing all of its device-writable bytes, NULL = none
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
 * virtq_outstanding - return the number of requests added and not yet taken back
 * @vq: queue
 */
static inline uint16_t virtq_outstanding(const struct virtq *vq)
{
	return (uint16_t)(vq->added - vq->taken);
}

/**
 * virtq_slot_free - return the slot for the next request
 * @vq: queue
 *
 * Returns NULL if all slots are in use. The caller fills in the header, poisons the footer, and
 * calls virtq_add(), which takes the slot.
 */
static inline struct virtq_slot *virtq_slot_free(const struct virtq *vq)
{
	return vq->free;
}

/* Remove @slot, the first free slot, from the list of free slots, and record the request in it. */
static inline void virtq_slot_use(struct virtq *vq, struct virtq_slot *slot, void *ctx,
				  uint32_t bytes, bool device_writes)
{
	vq->free = slot->next;
	slot->ctx = ctx;
	slot->writable_bytes = (device_writes ? bytes : 0) + 1;
}

/*
 * Stop the compiler from keeping fields of the queue in registers across requests. The fields are
 * in the cache: to reload them costs less for a whole batch than to save and restore registers
 * costs for a single request.
 */
static inline void virtq_reload_fields(void)
{
	atomic_signal_fence(memory_order_acq_rel);
}

/* Record a fault of the device. Return NULL, for callers that return a slot. */
static inline __attribute__((cold)) void *virtq_fail(struct virtq *vq, enum virtq_fault fault,
						     uint32_t value)
{
	vq->fault = fault;
	vq->fault_value = value;
	return NULL;
}

/*
 * Return the slot of a used element, or NULL after recording a fault (virtq_fail()). @id and @len
 * are copies, read once from shared memory. The driver does not depend on used lengths (RING-6),
 * and many devices report wrong lengths. On a strict queue, a length that differs from the
 * request's device-writable bytes is a fault; virtq_accept_length() clears the fault if the length
 * is permitted.
 */
static inline struct virtq_slot *virtq_slot_check(struct virtq *vq, uint32_t id, uint32_t len)
{
	struct virtq_slot *slot = vq->slot + id;

	if (UNLIKELY(id >= vq->slots))
		return virtq_fail(vq, VIRTQ_FAULT_USED_ID, id);
	if (UNLIKELY(!slot->ctx))
		return virtq_fail(vq, VIRTQ_FAULT_NOT_OUTSTANDING, id);
	/* A conforming device writes all device-writable bytes of nearly every request. */
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
 * typedef virtq_on_error - called for a request whose footer is not 0
 * @arg: argument of the caller
 * @ctx: context of the request
 * @footer: the footer, read once
 */
typedef void (*virtq_on_error)(void *arg, void *ctx, unsigned char footer);

/* Take back a used request and free its slot. The footer is read once. */
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
