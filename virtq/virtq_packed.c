// SPDX-License-Identifier: GPL-2.0-only
/* Packed rings: formatting, requests that are not on the fast path, IN_ORDER. */
#include "virtq/virtq_in_order.h"
#include "virtq/virtq_packed.h"

/*
 * Write an entry of an indirect table. The entries need no NEXT flag, because the table is used
 * from start to end; the only flag that is valid in a table is WRITE (PACK-5).
 */
static void put_entry(struct virtq_desc *entry, uint64_t iova, uint32_t len, bool writes)
{
	uint64_t flags = writes ? VIRTQ_PACKED_FLAGS(VRING_DESC_F_WRITE) : 0;

	virtq_packed_put(entry, iova, virtq_packed_meta(len, 0, flags));
}

static void put_footer_entry(const struct virtq *vq, const struct virtq_slot *slot)
{
	const unsigned char *table = (unsigned char *)&slot->chain[-1];

	if (vq->footer_bytes)
		put_entry(&slot->chain[slot->data], slot->iova + (uint64_t)(slot->footer - table),
			  vq->footer_bytes, true);
}

/* Ring descriptor of a slot's indirect table, without the flags that make it available. */
static uint64_t table_meta(const struct virtq *vq, const struct virtq_slot *slot)
{
	return virtq_packed_meta((uint32_t)((slot->data + vq->ends) * sizeof(struct virtq_desc)),
				 slot->id, VIRTQ_PACKED_FLAGS(VRING_DESC_F_INDIRECT));
}

/**
 * virtq_packed_format - write all indirect table entries that never change
 * @vq: queue whose slots are set up
 *
 * Ring descriptors are written for every request, because each request uses different ones.
 */
void virtq_packed_format(struct virtq *vq)
{
	uint32_t id;

	for (id = 0; id < vq->slots; id++) {
		struct virtq_slot *slot = &vq->slot[id];

		if (!vq->indirect) {
			slot->meta = virtq_packed_meta(0, id, 0);
			continue;
		}
		put_entry(slot->chain - 1,
			  slot->iova + (uint64_t)(slot->header - (unsigned char *)&slot->chain[-1]),
			  vq->header_bytes, false);
		slot->data = vq->segments ? 1 : 0;
		put_footer_entry(vq, slot);
		slot->meta = table_meta(vq, slot);
	}
}

/* Set the next available position; the wrap counter flips at the ring's end (PACK-3). */
static void advance(struct virtq_packed *ring, struct virtq_desc *next)
{
	if (next >= ring->end) {
		next -= ring->end - ring->desc;
		ring->avail ^= VIRTQ_PACKED_BOTH;
		ring->head_meta ^= VIRTQ_PACKED_BOTH;
		ring->tail_meta ^= VIRTQ_PACKED_BOTH;
	}
	ring->next = next;
}

static void add_indirect(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
			 uint32_t piece, bool device_writes)
{
	struct virtq_packed *ring = &vq->packed;
	unsigned int data;

	for (data = 0; bytes; data++) {
		uint32_t len = bytes < piece ? bytes : piece;

		put_entry(&slot->chain[data], iova, len, device_writes);
		iova += len;
		bytes -= len;
	}
	if (data != slot->data) {
		slot->data = (uint16_t)data;
		put_footer_entry(vq, slot);
		slot->meta = table_meta(vq, slot);
	}
	virtq_packed_put_first(ring, ring->next, slot->iova, slot->meta | ring->avail);
	advance(ring, ring->next + 1);
}

/**
 * struct cursor - position of the next descriptor of a list
 * @desc: descriptor
 * @avail: flags that make the descriptor available; they are inverted at the end of the ring
 */
struct cursor {
	struct virtq_desc *desc;
	uint64_t avail;
};

static void step(const struct virtq_packed *ring, struct cursor *cursor)
{
	if (++cursor->desc == ring->end) {
		cursor->desc = ring->desc;
		cursor->avail ^= VIRTQ_PACKED_BOTH;
	}
}

static void add_direct(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
		       uint32_t piece, bool device_writes)
{
	struct virtq_packed *ring = &vq->packed;
	struct cursor cursor = { .desc = ring->next, .avail = ring->avail };
	uint64_t flags =
		VIRTQ_PACKED_FLAGS(VRING_DESC_F_NEXT | (device_writes ? VRING_DESC_F_WRITE : 0));

	/* The first descriptor is written last (PACK-1). */
	step(ring, &cursor);
	for (slot->length = vq->ends; bytes; slot->length++, step(ring, &cursor)) {
		uint32_t len = bytes < piece ? bytes : piece;

		virtq_packed_put(cursor.desc, iova, slot->meta | cursor.avail | flags | len);
		iova += len;
		bytes -= len;
	}
	if (vq->footer_bytes)
		virtq_packed_put(cursor.desc, slot->footer_iova,
				 slot->meta | cursor.avail |
					 VIRTQ_PACKED_FLAGS(VRING_DESC_F_WRITE) | vq->footer_bytes);
	virtq_packed_put_first(ring, ring->next, slot->iova, slot->meta | ring->head_meta);
	advance(ring, ring->next + slot->length);
}

/**
 * virtq_packed_add_slow - add a request with any number of data descriptors
 * @vq: queue
 * @slot: slot, taken by virtq_slot_use()
 * @iova: as for virtq_packed_add_direct()
 * @bytes: as for virtq_packed_add_direct()
 * @piece: as for virtq_packed_add_direct()
 * @device_writes: as for virtq_packed_add_direct()
 */
void virtq_packed_add_slow(struct virtq *vq, struct virtq_slot *slot, uint64_t iova, uint32_t bytes,
			   uint32_t piece, bool device_writes)
{
	if (!vq->footer_bytes)
		slot->writable_bytes = 0;
	if (vq->indirect)
		add_indirect(vq, slot, iova, bytes, piece, device_writes);
	else
		add_direct(vq, slot, iova, bytes, piece, device_writes);
}

/**
 * virtq_packed_take_in_order - take back used requests of a ring with IN_ORDER
 * @vq: queue
 * @ctx: as for virtq_packed_take()
 * @end: as for virtq_packed_take()
 * @on_error: as for virtq_packed_take()
 * @arg: as for virtq_packed_take()
 *
 * After the used descriptor of a batch, the next used descriptor is at the position after all
 * descriptors of the batch.
 */
void **virtq_packed_take_in_order(struct virtq *vq, void **ctx, void **end, virtq_on_error on_error,
				  void *arg)
{
	struct virtq_packed *ring = &vq->packed;

	while (ctx != end) {
		struct virtq_slot *slot = &vq->slot[vq->oldest];

		if (!vq->batch_left) {
			unsigned int batch;

			if (!virtq_packed_is_used(ring, ring->used_next))
				break;
			slot = virtq_packed_read(vq, ring->used_next);
			if (!slot)
				break;
			batch = virtq_in_order_batch(vq, slot);
			if (batch > (uint16_t)(vq->published - vq->taken)) {
				virtq_fail(vq, VIRTQ_FAULT_NOT_OUTSTANDING, slot->id);
				break;
			}
			vq->batch_left = (uint16_t)batch;
			slot = &vq->slot[vq->oldest];
		}
		virtq_packed_advance(ring, ring->used_next + (vq->indirect ? 1 : slot->length));
		*ctx++ = virtq_in_order_take(vq, on_error, arg);
	}
	return ctx;
}
