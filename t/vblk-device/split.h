/* SPDX-License-Identifier: GPL-2.0-only */
/* The split ring on the device side (VIRTIO 1.3, 2.7) */
#ifndef T_VBLK_DEVICE_SPLIT_H
#define T_VBLK_DEVICE_SPLIT_H

#include <endian.h>

#include "t/vblk-device/chain.h"

/*
 * The two fields of EVENT_IDX: used_event follows the last entry of the available ring, and
 * avail_event follows the last entry of the used ring.
 */
static inline uint16_t *split_used_event(struct vdev_queue *q)
{
	return &q->split.avail->ring[q->size];
}

static inline uint16_t *split_avail_event(struct vdev_queue *q)
{
	return (uint16_t *)&q->split.used->ring[q->size];
}

/**
 * split_available - return the number of available chains
 * @q: queue
 */
static inline uint16_t split_available(struct vdev_queue *q)
{
	/*
	 * Pairs with the driver's barrier between writing ring entries and the index: read the
	 * entries after the index.
	 */
	uint16_t idx = le16toh(load_acquire(&q->split.avail->idx));
	uint16_t nr = (uint16_t)(idx - q->split.last_avail);

	if (vdev_unlikely(nr > q->size)) {
		vdev_rule(
			"SPLIT-1",
			"queue %u: available index went from %u to %u, but the ring has %u entries",
			q->index, q->split.last_avail, idx, q->size);
		q->broken = true;
		return 0;
	}
	return nr;
}

/**
 * split_fetch_head - gather the buffers of the chain that starts at a descriptor
 * @q: queue
 * @head: index of the first descriptor
 */
static inline void split_fetch_head(struct vdev_queue *q, uint16_t head)
{
	struct vdev_chain *c = q->chain;
	const struct vring_desc *table = q->split.desc;
	unsigned int i = head, table_len = q->size, left = q->size;
	bool nested = false;

	vdev_chain_reset(c);
	c->id = head;
	c->slots = 1;
	if (vdev_unlikely(head >= q->size)) {
		vdev_chain_done(q, c);
		return;
	}

	for (;;) {
		uint64_t addr = le64toh(load_relaxed(&table[i].addr));
		uint32_t len = le32toh(load_relaxed(&table[i].len));
		uint16_t flags = le16toh(load_relaxed(&table[i].flags));

		if (vdev_unlikely(flags & ~(VRING_DESC_F_NEXT | VRING_DESC_F_WRITE |
					    VRING_DESC_F_INDIRECT))) {
			vdev_rule("RING-4", "queue %u: descriptor with unknown flags: 0x%x",
				  q->index, flags);
			c->bad = true;
		}
		if (flags & VRING_DESC_F_INDIRECT) {
			table = vdev_chain_table(q, c, addr, len, flags, nested);
			if (!table)
				break;
			table_len = len / sizeof(*table);
			nested = true;
			i = 0;
			continue;
		}
		if (vdev_unlikely(!left--)) {
			vdev_rule(
				"RING-3",
				"queue %u: chain at descriptor %u is longer than the ring and may contain a loop",
				q->index, head);
			c->bad = true;
			c->status = NULL;
			break;
		}
		vdev_chain_add(q, c, addr, len, flags & VRING_DESC_F_WRITE);
		if (!(flags & VRING_DESC_F_NEXT))
			break;
		i = le16toh(load_relaxed(&table[i].next));
		if (vdev_unlikely(i >= table_len)) {
			vdev_rule(
				"RING-3",
				"queue %u: chain at descriptor %u continues at descriptor %u, but the table has %u",
				q->index, head, i, table_len);
			c->bad = true;
			c->status = NULL;
			break;
		}
	}
	vdev_chain_done(q, c);
}

/**
 * split_fetch - gather the buffers of the next available chain
 * @q: queue for which split_available() did not return 0
 */
static inline void split_fetch(struct vdev_queue *q)
{
	struct vdev_split *s = &q->split;

	split_fetch_head(q, le16toh(load_relaxed(&s->avail->ring[s->last_avail & (q->size - 1)])));
	s->last_avail++;
}

static inline void split_put(struct vdev_queue *q, uint16_t advance)
{
	struct vdev_split *s = &q->split;
	struct vring_used_elem *e = &s->used->ring[s->last_used & (q->size - 1)];

	store_relaxed(&e->id, htole32(q->last_id));
	store_relaxed(&e->len, htole32(q->last_len));
	s->last_used = (uint16_t)(s->last_used + advance);
}

/**
 * split_complete - record the chain just executed as used; visible after split_publish()
 * @q: queue
 * @len_bytes: used length: number of bytes written to the chain
 */
static inline void split_complete(struct vdev_queue *q, uint32_t len_bytes)
{
	struct vdev_split *s = &q->split;

	q->last_id = q->chain->id;
	q->last_len = len_bytes;
	if (!q->in_order) {
		split_put(q, 1);
		return;
	}
	/*
	 * IN_ORDER: one used entry, with the id of the last chain, stands for the batch (2.7.9).
	 * Chains without a used entry of their own count as completely written, so a chain that was
	 * not completely written ends its batch.
	 */
	s->batch++;
	if (len_bytes != q->chain->writable_bytes) {
		split_put(q, s->batch);
		s->batch = 0;
	}
}

/**
 * split_publish - make all completions recorded so far visible to the driver
 * @q: queue
 */
static inline void split_publish(struct vdev_queue *q)
{
	struct vdev_split *s = &q->split;

	if (s->batch) {
		split_put(q, s->batch);
		s->batch = 0;
	}
	/*
	 * Data, status and used entries become visible before the index. Pairs with the driver's
	 * load of used->idx.
	 */
	store_release(&s->used->idx, htole16(s->last_used));
}

/**
 * split_signal_due - check whether the driver wants a used buffer notification
 * @q: queue
 *
 * Return true if the driver wants to be notified of the completions that split_publish() has
 * published since the last call.
 */
static inline bool split_signal_due(struct vdev_queue *q)
{
	struct vdev_split *s = &q->split;
	uint16_t old = s->signalled, flags;

	s->signalled = s->last_used;
	/*
	 * Order the store of the used index before the loads below. Pairs with the driver's barrier
	 * between writing used_event (or avail->flags) and reading used->idx again. At least one of
	 * the two sides sees what the other one wrote.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flags = le16toh(load_relaxed(&s->avail->flags));
	if (vdev_unlikely(flags > (q->event_idx ? 0 : VRING_AVAIL_F_NO_INTERRUPT)))
		vdev_rule("SPLIT-2", "queue %u: invalid avail.flags 0x%x", q->index, flags);
	if (q->event_idx)
		return vring_need_event(le16toh(load_relaxed(split_used_event(q))), s->last_used,
					old);
	return !(flags & VRING_AVAIL_F_NO_INTERRUPT);
}

/**
 * split_kicks - enable or disable available buffer notifications (kicks)
 * @q: queue
 * @on: true to get a kick for the next chain
 *
 * With EVENT_IDX there is no need to disable kicks: an avail_event that is not updated requests no
 * kick until the available index has wrapped around.
 */
static inline void split_kicks(struct vdev_queue *q, bool on)
{
	struct vdev_split *s = &q->split;

	if (q->event_idx) {
		if (on)
			store_relaxed(split_avail_event(q), htole16(s->last_avail));
	} else {
		store_relaxed(&s->used->flags, htole16(on ? 0 : VRING_USED_F_NO_NOTIFY));
	}
}

#endif
