// SPDX-License-Identifier: GPL-2.0-only
/* Split rings: formatting, requests that are not on the fast path, IN_ORDER. */
#include "virtq/virtq_in_order.h"
#include "virtq/virtq_split.h"

static void put(struct virtq_desc *desc, uint64_t iova, uint64_t meta)
{
	desc->addr = htole64(iova);
	desc->meta = meta;
}

/* Return the I/O virtual address of a slot's header. */
static uint64_t header_iova(const struct virtq *vq, const struct virtq_slot *slot)
{
	return vq->indirect
		       ? slot->iova + (uint64_t)(slot->header - (unsigned char *)&slot->chain[-1])
		       : slot->iova;
}

static void put_footer(const struct virtq *vq, const struct virtq_slot *slot, unsigned int index)
{
	put(&slot->chain[index], header_iova(vq, slot) + (uint64_t)(slot->footer - slot->header),
	    virtq_split_meta(vq->footer_bytes, VRING_DESC_F_WRITE, 0));
}

/**
 * virtq_split_format - write all descriptors of a split ring that never change
 * @vq: queue whose slots are set up
 *
 * An id in the available or used ring is a slot number: descriptor n is the head descriptor of slot
 * n's request, and describes the header or the indirect table of the slot. With direct descriptors,
 * the descriptors after these heads are divided among the slots, for data and footers. With
 * IN_ORDER and direct descriptors, requests use different descriptors each time, so there is
 * nothing to write.
 */
void virtq_split_format(struct virtq *vq)
{
	uint32_t id, entries = vq->segments + vq->ends;

	for (id = 0; id < vq->slots; id++) {
		struct virtq_slot *slot = &vq->slot[id];
		uint32_t link = vq->indirect ? 1 : vq->slots + id * (entries - 1);
		struct virtq_desc *head = &vq->split.desc[id];
		uint64_t iova = header_iova(vq, slot);

		if (vq->split.desc_slot) {
			/* The slot has no head descriptor yet. */
			slot->meta = UINT64_MAX;
			continue;
		}
		if (vq->indirect) {
			put(head, slot->iova,
			    virtq_split_meta((uint32_t)(entries * sizeof(*head)),
					     VRING_DESC_F_INDIRECT, 0));
			head = slot->chain - 1;
		} else {
			slot->chain = &vq->split.desc[link];
		}
		slot->data = vq->segments ? 1 : 0;
		slot->meta = virtq_split_meta(0, VRING_DESC_F_NEXT, link + 1);
		put(head, iova,
		    virtq_split_meta(vq->header_bytes, vq->footer_bytes ? VRING_DESC_F_NEXT : 0,
				     link));
		if (vq->footer_bytes)
			put_footer(vq, slot, slot->data);
	}
}

/* Write the data descriptors of a request, and the footer's descriptor if their number changed. */
static void put_chain(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
		      uint32_t piece, bool device_writes)
{
	unsigned int flags = VRING_DESC_F_NEXT | (device_writes ? VRING_DESC_F_WRITE : 0), data;
	/* Index of the first data descriptor for next fields: in the indirect table, or in the
	 * ring. */
	unsigned int first = vq->indirect ? 1 : (unsigned int)(slot->chain - vq->split.desc);

	for (data = 0; bytes; data++) {
		uint32_t len = bytes < piece ? bytes : piece;

		put(&slot->chain[data], iova, virtq_split_meta(len, flags, first + data + 1));
		bytes -= len;
		iova += len;
	}
	if (data == slot->data)
		return;
	slot->data = (uint16_t)data;
	put_footer(vq, slot, data);
}

/*
 * Add a request with IN_ORDER and direct descriptors: requests use the descriptors in table order,
 * and start again at the first one after the last one.
 */
static void add_moving(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
		       uint32_t piece, bool device_writes)
{
	unsigned int flags = VRING_DESC_F_NEXT | (device_writes ? VRING_DESC_F_WRITE : 0);
	unsigned int mask = vq->split.mask, at = vq->split.desc_next;
	struct virtq_desc *ring = vq->split.desc;

	vq->split.desc_slot[at] = slot->id;
	slot->meta = at;
	virtq_split_offer(vq, (uint16_t)at);
	put(&ring[at], slot->iova,
	    virtq_split_meta(vq->header_bytes, vq->footer_bytes ? VRING_DESC_F_NEXT : 0,
			     (at + 1) & mask));
	at = (at + 1) & mask;
	for (slot->data = 0; bytes; slot->data++) {
		uint32_t len = bytes < piece ? bytes : piece;

		put(&ring[at], iova, virtq_split_meta(len, flags, (at + 1) & mask));
		at = (at + 1) & mask;
		iova += len;
		bytes -= len;
	}
	if (vq->footer_bytes) {
		put(&ring[at], slot->footer_iova,
		    virtq_split_meta(vq->footer_bytes, VRING_DESC_F_WRITE, 0));
		at = (at + 1) & mask;
	}
	vq->split.desc_next = (uint16_t)at;
}

/**
 * virtq_split_add_slow - add a request with any number of data descriptors
 * @vq: queue
 * @slot: slot, taken by virtq_slot_use()
 * @iova: as for virtq_split_add()
 * @bytes: as for virtq_split_add()
 * @piece: as for virtq_split_add()
 * @device_writes: as for virtq_split_add()
 */
void virtq_split_add_slow(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
			  uint32_t piece, bool device_writes)
{
	if (!vq->footer_bytes)
		slot->writable_bytes = 0;
	if (vq->split.desc_slot) {
		add_moving(vq, slot, iova, bytes, piece, device_writes);
	} else {
		put_chain(vq, slot, iova, bytes, piece, device_writes);
		virtq_split_offer(vq, slot->id);
	}
}

/*
 * Read the next used element. Return the number of requests that the element completes, or 0 after
 * recording a fault (virtq_fail()) if the element is invalid.
 */
static unsigned int read_batch(struct virtq *vq, size_t ready)
{
	const volatile struct vring_used_elem *elem =
		&vq->split.used->ring[vq->taken & vq->split.mask];
	uint32_t name = le32toh(elem->id), len = le32toh(elem->len), id = name;
	struct virtq_slot *slot;
	unsigned int batch;

	/* The id must be the head descriptor of an outstanding request. */
	if (vq->split.desc_slot) {
		id = name <= vq->split.mask ? vq->split.desc_slot[name] : UINT32_MAX;
		if (id < vq->slots && vq->slot[id].meta != name) {
			virtq_fail(vq, VIRTQ_FAULT_NOT_OUTSTANDING, name);
			return 0;
		}
	}
	slot = virtq_slot_check(vq, id, len);
	if (!slot) {
		if (vq->fault != VIRTQ_FAULT_USED_LENGTH)
			vq->fault_value = name;
		return 0;
	}
	batch = virtq_in_order_batch(vq, slot);
	if (batch > ready) {
		virtq_fail(vq, VIRTQ_FAULT_NOT_OUTSTANDING, name);
		return 0;
	}
	return batch;
}

/**
 * virtq_split_take_in_order - take back used requests of a ring with IN_ORDER
 * @vq: queue
 * @ctx: as for virtq_split_take()
 * @end: as for virtq_split_take()
 * @on_error: as for virtq_split_take()
 * @arg: as for virtq_split_take()
 */
void **virtq_split_take_in_order(struct virtq *vq, void **ctx, void **end, virtq_on_error on_error,
				 void *arg)
{
	size_t ready = virtq_split_ready(vq);

	for (; ctx != end; ready--) {
		if (!vq->batch_left) {
			if (!ready)
				break;
			vq->batch_left = (uint16_t)read_batch(vq, ready);
			if (!vq->batch_left)
				break;
		}
		*ctx++ = virtq_in_order_take(vq, on_error, arg);
	}
	return ctx;
}
