/* SPDX-License-Identifier: GPL-2.0-only */
/* The packed ring on the device side (VIRTIO 1.3, 2.8) */
#ifndef T_VBLK_DEVICE_PACKED_H
#define T_VBLK_DEVICE_PACKED_H

#include <endian.h>

#include "t/vblk-device/chain.h"

#define PACKED_F_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_F_USED  (1u << VRING_PACKED_DESC_F_USED)
#define PACKED_F_KNOWN                                                             \
	(PACKED_F_AVAIL | PACKED_F_USED | VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | \
	 VRING_DESC_F_INDIRECT)

/* Return true if the flags mean available: AVAIL equals the wrap counter, and USED does not. */
static inline bool packed_is_avail(uint16_t flags, bool wrap)
{
	return !!(flags & PACKED_F_AVAIL) == wrap && !!(flags & PACKED_F_USED) != wrap;
}

/**
 * packed_available - check for an available chain
 * @q: queue
 *
 * Return true if the driver has made a chain available.
 */
static inline bool packed_available(struct vdev_queue *q)
{
	struct vdev_packed *p = &q->packed;

	/*
	 * Pairs with the driver's barrier before it writes the flags of the first descriptor of a
	 * list: read the rest of the list after these flags.
	 */
	return packed_is_avail(le16toh(load_acquire(&p->desc[p->avail_idx].flags)), p->avail_wrap);
}

/* Add a descriptor of the ring to the chain: its buffer, or the buffers in its indirect table. */
static inline void packed_add(struct vdev_queue *q, uint64_t addr, uint32_t len, uint16_t flags)
{
	struct vdev_chain *c = q->chain;
	const struct vring_packed_desc *table;

	if (vdev_unlikely(flags & ~PACKED_F_KNOWN)) {
		vdev_rule("RING-4", "queue %u: descriptor with unknown flags: 0x%x", q->index,
			  flags);
		c->bad = true;
	}
	if (!(flags & VRING_DESC_F_INDIRECT)) {
		vdev_chain_add(q, c, addr, len, flags & VRING_DESC_F_WRITE);
		return;
	}
	table = vdev_chain_table(q, c, addr, len, flags, false);
	if (!table)
		return;
	for (unsigned int i = 0; i < len / sizeof(*table); i++) {
		uint16_t f = le16toh(load_relaxed(&table[i].flags));

		if (vdev_unlikely(f & ~VRING_DESC_F_WRITE)) {
			vdev_rule("PACK-5",
				  "queue %u: descriptor with flags 0x%x in an indirect table",
				  q->index, f);
			c->bad = true;
		}
		vdev_chain_add(q, c, le64toh(load_relaxed(&table[i].addr)),
			       le32toh(load_relaxed(&table[i].len)), f & VRING_DESC_F_WRITE);
	}
}

static inline void packed_advance(uint16_t *idx, bool *wrap, uint16_t by, uint16_t size)
{
	unsigned int next = *idx + by;

	if (next >= size) {
		next -= size;
		*wrap = !*wrap;
	}
	*idx = (uint16_t)next;
}

/**
 * packed_fetch - gather the buffers of the next available chain
 * @q: queue for which packed_available() returned true
 */
static inline void packed_fetch(struct vdev_queue *q)
{
	struct vdev_packed *p = &q->packed;
	struct vdev_chain *c = q->chain;
	uint16_t flags;

	vdev_chain_reset(c);
	do {
		struct vring_packed_desc *d = &p->desc[p->avail_idx];

		if (vdev_unlikely(c->slots == q->size)) {
			vdev_rule("RING-3", "queue %u: descriptor list is longer than the ring",
				  q->index);
			c->bad = true;
			c->status = NULL;
			q->broken = true;
			break;
		}
		flags = le16toh(load_relaxed(&d->flags));
		if (vdev_unlikely(!packed_is_avail(flags, p->avail_wrap))) {
			vdev_rule(
				"PACK-3",
				"queue %u: flags 0x%x of descriptor %u inside a list do not match wrap counter %d",
				q->index, flags, p->avail_idx, p->avail_wrap);
			c->bad = true;
		}
		packed_add(q, le64toh(load_relaxed(&d->addr)), le32toh(load_relaxed(&d->len)),
			   flags);
		c->id = le16toh(load_relaxed(&d->id)); /* the buffer id is in the last descriptor */
		c->last_slot = p->avail_idx;
		c->slots++;
		packed_advance(&p->avail_idx, &p->avail_wrap, 1, q->size);
	} while ((flags & (VRING_DESC_F_NEXT | VRING_DESC_F_INDIRECT)) == VRING_DESC_F_NEXT);
	vdev_chain_done(q, c);
}

static inline void packed_put(struct vdev_queue *q, uint16_t slots)
{
	struct vdev_packed *p = &q->packed;
	struct vring_packed_desc *d = &p->desc[p->used_idx];
	uint16_t flags = (p->used_wrap ? PACKED_F_AVAIL | PACKED_F_USED : 0) |
			 (q->last_len ? VRING_DESC_F_WRITE : 0);

	store_relaxed(&d->id, htole16(q->last_id));
	store_relaxed(&d->len, htole32(q->last_len));
	if (p->first_pending) {
		/*
		 * The driver reads descriptors in ring order, so it does not see this one until
		 * packed_publish() writes the flags of the first one of the batch.
		 */
		store_relaxed(&d->flags, htole16(flags));
	} else {
		p->first_pending = true;
		p->first_idx = p->used_idx;
		p->first_flags = flags;
	}
	packed_advance(&p->used_idx, &p->used_wrap, slots, q->size);
	p->unsignalled = (uint16_t)(p->unsignalled + slots);
}

/**
 * packed_complete - record the chain just executed as used; visible after packed_publish()
 * @q: queue
 * @len_bytes: used length: number of bytes written to the chain
 */
static inline void packed_complete(struct vdev_queue *q, uint32_t len_bytes)
{
	struct vdev_packed *p = &q->packed;

	q->last_id = q->chain->id;
	q->last_len = len_bytes;
	if (!q->in_order) {
		packed_put(q, q->chain->slots);
		return;
	}
	/*
	 * As in split_complete(): one used descriptor stands for the batch. It has the ring
	 * position of the first buffer and the id of the last one.
	 */
	p->batch_slots = (uint16_t)(p->batch_slots + q->chain->slots);
	if (len_bytes != q->chain->writable_bytes) {
		packed_put(q, p->batch_slots);
		p->batch_slots = 0;
	}
}

/**
 * packed_publish - make all completions recorded so far visible to the driver
 * @q: queue
 */
static inline void packed_publish(struct vdev_queue *q)
{
	struct vdev_packed *p = &q->packed;

	if (p->batch_slots) {
		packed_put(q, p->batch_slots);
		p->batch_slots = 0;
	}
	if (p->first_pending) {
		/*
		 * Data, status and the other descriptors of the batch become visible before these
		 * flags, which the driver reads with acquire order.
		 */
		store_release(&p->desc[p->first_idx].flags, htole16(p->first_flags));
		p->first_pending = false;
	}
}

/**
 * packed_signal_due - check whether the driver wants a used buffer notification
 * @q: queue
 *
 * Return true if the driver wants to be notified of the completions that packed_publish() has
 * published since the last call.
 */
static inline bool packed_signal_due(struct vdev_queue *q)
{
	struct vdev_packed *p = &q->packed;
	uint16_t slots = p->unsignalled, flags, off_wrap, off;

	p->unsignalled = 0;
	/*
	 * Order the store of the used flags before the loads below. Pairs with the driver's barrier
	 * after writing its event suppression structure.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flags = le16toh(load_acquire(&p->driver_event->flags));
	if (flags == VRING_PACKED_EVENT_FLAG_ENABLE)
		return true;
	if (flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (vdev_unlikely(flags != VRING_PACKED_EVENT_FLAG_DESC || !q->event_idx)) {
		vdev_rule("PACK-4", "queue %u: invalid driver event flags 0x%x%s", q->index, flags,
			  q->event_idx ? "" : " without EVENT_IDX");
		return true;
	}
	/*
	 * The driver writes the offset before the flags. The acquire load of the flags above
	 * ensures that the offset is read after them.
	 */
	off_wrap = le16toh(load_relaxed(&p->driver_event->off_wrap));
	off = off_wrap & 0x7fff;
	if (vdev_unlikely(off >= q->size)) {
		vdev_rule("PACK-4",
			  "queue %u: driver event offset %u is outside the ring of %u entries",
			  q->index, off, q->size);
		return true;
	}
	/*
	 * Convert the offset to the current lap, so that 16-bit arithmetic can determine whether it
	 * is among the descriptors just used.
	 */
	if (!!(off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR) != p->used_wrap)
		off = (uint16_t)(off - q->size);
	return vring_need_event(off, p->used_idx, (uint16_t)(p->used_idx - slots));
}

/**
 * packed_kicks - enable or disable available buffer notifications (kicks)
 * @q: queue
 * @on: true to get a kick for the next list
 */
static inline void packed_kicks(struct vdev_queue *q, bool on)
{
	struct vdev_packed *p = &q->packed;
	uint16_t flags = on ? VRING_PACKED_EVENT_FLAG_ENABLE : VRING_PACKED_EVENT_FLAG_DISABLE;

	if (on && q->event_idx) {
		store_relaxed(&p->device_event->off_wrap,
			      htole16((uint16_t)(p->avail_idx |
						 p->avail_wrap << VRING_PACKED_EVENT_F_WRAP_CTR)));
		flags = VRING_PACKED_EVENT_FLAG_DESC;
	}
	/* Write the offset before the flags. Pairs with the driver, which reads the flags first. */
	store_release(&p->device_event->flags, htole16(flags));
}

#endif
