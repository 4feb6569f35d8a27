/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packed ring from the device's side (VIRTIO 1.3, 2.8)
 */
#ifndef T_VBLK_DEVICE_PACKED_H
#define T_VBLK_DEVICE_PACKED_H

#include <endian.h>

#include "t/vblk-device/chain.h"

#define PACKED_F_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_F_USED  (1u << VRING_PACKED_DESC_F_USED)
#define PACKED_F_KNOWN                                                             \
	(PACKED_F_AVAIL | PACKED_F_USED | VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | \
	 VRING_DESC_F_INDIRECT)

/* Available in the lap that @wrap counts: AVAIL equals it, USED does not. */
static inline bool packed_is_avail(uint16_t flags, bool wrap)
{
	return !!(flags & PACKED_F_AVAIL) == wrap && !!(flags & PACKED_F_USED) != wrap;
}

/**
 * packed_available - does a chain wait?
 * @q: queue
 */
static inline bool packed_available(struct vdev_queue *q)
{
	struct vdev_packed *p = &q->packed;

	/*
	 * Pairs with the driver's barrier before it writes a list's first flags: the rest is read
	 * after them.
	 */
	return packed_is_avail(le16toh(load_acquire(&p->desc[p->avail_idx].flags)), p->avail_wrap);
}

/* One descriptor of the ring: its buffer, or those of the indirect table it refers to. */
static inline void packed_add(struct vdev_queue *q, uint64_t addr, uint32_t len, uint16_t flags)
{
	struct vdev_chain *c = q->chain;
	const struct vring_packed_desc *table;

	if (vdev_unlikely(flags & ~PACKED_F_KNOWN)) {
		vdev_rule("RING-4", "queue %u: descriptor flags 0x%x", q->index, flags);
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
			vdev_rule("PACK-5", "queue %u: flags 0x%x in an indirect table", q->index,
				  f);
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
 * packed_fetch - gather the next available chain
 * @q: queue; packed_available() said there is one
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
			vdev_rule("RING-3", "queue %u: list is longer than the ring", q->index);
			c->bad = true;
			c->status = NULL;
			q->broken = true;
			break;
		}
		flags = le16toh(load_relaxed(&d->flags));
		if (vdev_unlikely(!packed_is_avail(flags, p->avail_wrap))) {
			vdev_rule("PACK-3",
				  "queue %u: flags 0x%x at %u inside a list, wrap counter %d",
				  q->index, flags, p->avail_idx, p->avail_wrap);
			c->bad = true;
		}
		packed_add(q, le64toh(load_relaxed(&d->addr)), le32toh(load_relaxed(&d->len)),
			   flags);
		c->id = le16toh(load_relaxed(&d->id)); /* the last one counts */
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
		/* Unseen until the first one of the batch is: the driver looks in ring order. */
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
 * packed_complete - note the chain just executed as used; visible to the driver at packed_publish()
 * @q: queue
 * @len_bytes: bytes written to it
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
	 * As in split_complete(): one used descriptor, at the batch's first place, names its last
	 * buffer.
	 */
	p->batch_slots = (uint16_t)(p->batch_slots + q->chain->slots);
	if (len_bytes != q->chain->writable_bytes) {
		packed_put(q, p->batch_slots);
		p->batch_slots = 0;
	}
}

/**
 * packed_publish - show the driver every completion noted since the last time
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
		 * Data, status and the batch's other descriptors before these flags: the driver
		 * acquires them.
		 */
		store_release(&p->desc[p->first_idx].flags, htole16(p->first_flags));
		p->first_pending = false;
	}
}

/**
 * packed_signal_due - does the driver want to hear of what packed_publish() showed?
 * @q: queue
 */
static inline bool packed_signal_due(struct vdev_queue *q)
{
	struct vdev_packed *p = &q->packed;
	uint16_t slots = p->unsignalled, flags, off_wrap, off;

	p->unsignalled = 0;
	/*
	 * The used flags before the loads below: pairs with the driver's barrier after writing its
	 * event area.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flags = le16toh(load_acquire(&p->driver_event->flags));
	if (flags == VRING_PACKED_EVENT_FLAG_ENABLE)
		return true;
	if (flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (vdev_unlikely(flags != VRING_PACKED_EVENT_FLAG_DESC || !q->event_idx)) {
		vdev_rule("PACK-4", "queue %u: driver event flags 0x%x%s", q->index, flags,
			  q->event_idx ? "" : " without EVENT_IDX");
		return true;
	}
	/*
	 * The driver writes the offset before the flags: the acquire above keeps the two in that
	 * order.
	 */
	off_wrap = le16toh(load_relaxed(&p->driver_event->off_wrap));
	off = off_wrap & 0x7fff;
	if (vdev_unlikely(off >= q->size)) {
		vdev_rule("PACK-4", "queue %u: driver event offset %u, ring of %u entries",
			  q->index, off, q->size);
		return true;
	}
	/*
	 * Relative to this lap, so that plain 16-bit arithmetic tells whether it lies in what was
	 * just used.
	 */
	if (!!(off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR) != p->used_wrap)
		off = (uint16_t)(off - q->size);
	return vring_need_event(off, p->used_idx, (uint16_t)(p->used_idx - slots));
}

/**
 * packed_kicks - ask the driver for kicks, or to leave them
 * @q: queue
 * @on: kicks are wanted, from the next list on
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
	/* Offset before flags: pairs with the driver's reading them in the opposite order. */
	store_release(&p->device_event->flags, htole16(flags));
}

#endif
