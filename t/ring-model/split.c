/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's side of a split ring (VIRTIO 1.3, 2.7). */
#include <string.h>

#include "t/ring-model/layouts.h"

static struct vring_avail *avail_ring(const struct devring *ring)
{
	return ring->cfg.driver_area;
}

static struct vring_used *used_ring(const struct devring *ring)
{
	return ring->cfg.device_area;
}

int devring_split_set_base(struct devring *ring, uint32_t base)
{
	ring->avail_next = (uint16_t)base;
	ring->avail_seen = (uint16_t)base;
	/*
	 * Relaxed: the driver is not running yet, and the message that set the base orders the
	 * accesses.
	 */
	ring->used_next = load16(&used_ring(ring)->idx, memory_order_relaxed);
	return 0;
}

uint32_t devring_split_base(const struct devring *ring)
{
	return ring->avail_next;
}

bool devring_split_available(const struct devring *ring)
{
	/* Acquire: pairs with the driver's barrier between the descriptors and avail->idx. */
	return load16(&avail_ring(ring)->idx, memory_order_acquire) != ring->avail_next;
}

static int walk_table(struct devring *ring, struct devring_chain *out, const void *table,
		      uint32_t bytes)
{
	uint32_t n = bytes / 16, i = 0, walked;

	for (walked = 1; walked <= n; walked++) {
		struct vring_desc d;
		uint16_t flags, next;

		/* The address may be unaligned, so the entry is copied out. */
		memcpy(&d, (const char *)table + 16 * (size_t)i, sizeof(d));
		flags = le16toh(d.flags);
		next = le16toh(d.next);
		if (flags & VRING_DESC_F_INDIRECT)
			return devring_complain(ring, "RING-4: indirect table entry %u is INDIRECT",
						i);
		if (flags & ~DEVRING_DESC_FLAGS)
			return devring_complain(
				ring, "flags: indirect table entry %u has flags 0x%x", i, flags);
		if (devring_add_segment(ring, out, "indirect table entry", i, le64toh(d.addr),
					le32toh(d.len), flags))
			return -1;
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;
		if (next >= n)
			return devring_complain(
				ring, "id: indirect table entry %u of %u has next %u", i, n, next);
		if (ring->cfg.in_order && next != i + 1)
			return devring_complain(ring, "RING-8: indirect table entry %u has next %u",
						i, next);
		i = next;
	}
	return devring_complain(ring, "RING-3: loop in an indirect table of %u entries", n);
}

/* Mark one descriptor as held for the buffer that starts at @head. */
static int hold_desc(struct devring *ring, uint16_t head, uint16_t i)
{
	struct devring_slot *slot = &ring->slots[i];

	if (slot->busy && slot->head == head)
		return devring_complain(ring, "RING-3: loop through descriptor %u of head %u", i,
					head);
	if (slot->busy)
		return devring_complain(
			ring, "RING-5: descriptor %u of head %u is still held for head %u", i, head,
			slot->head);
	slot->busy = true;
	slot->head = head;
	ring->slots[head].ndesc++;
	ring->held++;
	return 0;
}

static int walk(struct devring *ring, struct devring_chain *out, uint16_t head)
{
	const struct vring_desc *table = ring->cfg.desc;
	uint16_t i = head;

	if (ring->slots[head].busy)
		return devring_complain(ring, "RING-5: head %u is still held for head %u", head,
					ring->slots[head].head);
	ring->slots[head].ndesc = 0;

	for (;;) {
		const struct vring_desc *d = &table[i];
		uint16_t flags = le16toh(d->flags), next = le16toh(d->next);
		uint64_t iova = le64toh(d->addr);
		uint32_t len = le32toh(d->len);

		if (hold_desc(ring, head, i))
			return -1;
		if (flags & ~DEVRING_DESC_FLAGS)
			return devring_complain(ring, "flags: descriptor %u has flags 0x%x", i,
						flags);
		if (flags & VRING_DESC_F_INDIRECT) {
			const void *indirect =
				devring_indirect_table(ring, out, i, iova, len, flags);

			return indirect ? walk_table(ring, out, indirect, len) : -1;
		}
		if (devring_add_segment(ring, out, "descriptor", i, iova, len, flags))
			return -1;
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;
		if (next >= ring->cfg.size)
			return devring_complain(ring, "id: descriptor %u has next %u, size %u", i,
						next, ring->cfg.size);
		/* VIRTIO 1.3, 2.7.5.1: with IN_ORDER a chain uses descriptors in ring order. */
		if (ring->cfg.in_order && next != (i + 1) % ring->cfg.size)
			return devring_complain(ring, "RING-8: descriptor %u has next %u", i, next);
		ring->slots[i].next = next;
		i = next;
	}
}

int devring_split_pop(struct devring *ring, struct devring_chain *out)
{
	struct vring_avail *avail = avail_ring(ring);
	/* Relaxed: the flags are advisory and order nothing. */
	uint16_t flags = load16(&avail->flags, memory_order_relaxed);
	/* Acquire: pairs with the driver's barrier between the descriptors and avail->idx. */
	uint16_t idx = load16(&avail->idx, memory_order_acquire);
	uint16_t head;

	if (flags > (ring->cfg.event_idx ? 0 : VRING_AVAIL_F_NO_INTERRUPT))
		return devring_complain(ring, "SPLIT-2: avail.flags is %u %s EVENT_IDX", flags,
					ring->cfg.event_idx ? "with" : "without");
	if ((uint16_t)(idx - ring->avail_seen) > ring->cfg.size ||
	    (uint16_t)(idx - ring->avail_next) > ring->cfg.size)
		return devring_complain(
			ring, "SPLIT-1: avail.idx went from %u to %u, the queue size is %u",
			ring->avail_seen, idx, ring->cfg.size);
	ring->avail_seen = idx;
	if (idx == ring->avail_next)
		return 0;

	head = le16toh(avail->ring[ring->avail_next % ring->cfg.size]);
	if (head >= ring->cfg.size)
		return devring_complain(ring, "id: available head %u, the queue size is %u", head,
					ring->cfg.size);
	if (walk(ring, out, head))
		return -1;
	out->id = head;
	out->ndesc = ring->slots[head].ndesc;
	ring->avail_next++;
	return 1;
}

void devring_split_release(struct devring *ring, uint16_t id)
{
	struct devring_slot *slot = &ring->slots[id];
	uint16_t n;

	/* @id is in the middle of another buffer: a fault test pushed this id on purpose. */
	if (slot->head != id)
		return;
	ring->held -= slot->ndesc;
	for (n = slot->ndesc; n; n--) {
		ring->slots[id].busy = false;
		id = ring->slots[id].next;
	}
}

void devring_split_write_used(struct devring *ring, uint32_t id, uint32_t len, unsigned int steps)
{
	vring_used_elem_t *elem = &used_ring(ring)->ring[ring->used_next % ring->cfg.size];

	elem->id = htole32(id);
	elem->len = htole32(len);
	ring->used_next = (uint16_t)(ring->used_next + steps);
}

void devring_split_publish(struct devring *ring)
{
	/* Release: pairs with the driver's load of used->idx. */
	store16(&used_ring(ring)->idx, ring->used_next, memory_order_release);
}

bool devring_split_must_signal(struct devring *ring, unsigned int n)
{
	struct vring_avail *avail = avail_ring(ring);
	uint16_t flags;

	if (ring->cfg.event_idx)
		return devring_passed(load16(&avail->ring[ring->cfg.size], memory_order_relaxed),
				      (uint16_t)(ring->used_next - ring->pending), n, 1u << 16);
	flags = load16(&avail->flags, memory_order_relaxed);
	if (flags > VRING_AVAIL_F_NO_INTERRUPT)
		devring_complain(ring, "SPLIT-2: avail.flags is %u without EVENT_IDX", flags);
	return flags != VRING_AVAIL_F_NO_INTERRUPT;
}

void devring_split_want_kicks(struct devring *ring, bool want)
{
	struct vring_used *used = used_ring(ring);

	if (!ring->cfg.event_idx)
		store16(&used->flags, want ? 0 : VRING_USED_F_NO_NOTIFY, memory_order_relaxed);
	else if (want)
		/* avail_event follows the last used entry. */
		store16(&used->ring[ring->cfg.size], ring->avail_next, memory_order_relaxed);
}
