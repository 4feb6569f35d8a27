/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's side of a packed ring (VIRTIO 1.3, 2.8). */
#include <string.h>

#include "t/ring-model/layouts.h"

#define PACKED_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED  (1u << VRING_PACKED_DESC_F_USED)
#define EVENT_WRAP   (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

static struct vring_packed_desc_event *driver_event(const struct devring *ring)
{
	return ring->cfg.driver_area;
}

static struct vring_packed_desc_event *device_event(const struct devring *ring)
{
	return ring->cfg.device_area;
}

static struct vring_packed_desc *desc_at(const struct devring *ring, unsigned int pos)
{
	return (struct vring_packed_desc *)ring->cfg.desc + pos;
}

static void advance(const struct devring *ring, uint16_t *pos, bool *wrap, unsigned int n)
{
	unsigned int sum = *pos + n;

	for (; sum >= ring->cfg.size; sum -= ring->cfg.size)
		*wrap = !*wrap;
	*pos = (uint16_t)sum;
}

/*
 * VIRTIO 1.3, 2.8.1: a descriptor is available if AVAIL and USED differ and AVAIL equals the wrap
 * counter.
 */
static bool is_available(uint16_t flags, bool wrap)
{
	bool avail = flags & PACKED_AVAIL, used = flags & PACKED_USED;

	return avail == wrap && used != wrap;
}

int devring_packed_set_base(struct devring *ring, uint32_t base)
{
	if ((base & 0x7fff) >= ring->cfg.size || (base >> 16 & 0x7fff) >= ring->cfg.size)
		return devring_complain(ring, "base 0x%x is outside a ring of %u", base,
					ring->cfg.size);
	ring->avail_next = base & 0x7fff;
	ring->avail_wrap = base >> 15 & 1;
	ring->used_next = base >> 16 & 0x7fff;
	ring->used_wrap = base >> 31 & 1;
	return 0;
}

uint32_t devring_packed_base(const struct devring *ring)
{
	return ring->avail_next | (uint32_t)ring->avail_wrap << 15 |
	       (uint32_t)ring->used_next << 16 | (uint32_t)ring->used_wrap << 31;
}

bool devring_packed_available(const struct devring *ring)
{
	/* Acquire: pairs with the driver's barrier between a list and its first flags. */
	return is_available(load16(&desc_at(ring, ring->avail_next)->flags, memory_order_acquire),
			    ring->avail_wrap);
}

static int walk_table(struct devring *ring, struct devring_chain *out, const void *table,
		      uint32_t bytes)
{
	uint32_t i;

	/* Walk the whole table: a packed table has no NEXT flags that could end it earlier. */
	for (i = 0; i < bytes / 16; i++) {
		struct vring_packed_desc d;
		uint16_t flags;

		memcpy(&d, (const char *)table + 16 * (size_t)i, sizeof(d));
		flags = le16toh(d.flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return devring_complain(ring, "RING-4: indirect table entry %u is INDIRECT",
						i);
		if (flags & ~VRING_DESC_F_WRITE)
			return devring_complain(
				ring, "PACK-5: indirect table entry %u has flags 0x%x", i, flags);
		if (devring_add_segment(ring, out, "indirect table entry", i, le64toh(d.addr),
					le32toh(d.len), flags))
			return -1;
	}
	return 0;
}

/*
 * Return the driver's event suppression flags (VRING_PACKED_EVENT_FLAG_*), or -1 after a complaint.
 * @event: set to the event offset and wrap counter, for VRING_PACKED_EVENT_FLAG_DESC
 */
static int driver_event_flags(struct devring *ring, uint16_t *event)
{
	/* Acquire: pairs with the driver writing off_wrap before flags. */
	uint16_t flags = load16(&driver_event(ring)->flags, memory_order_acquire);

	*event = load16(&driver_event(ring)->off_wrap, memory_order_relaxed);
	if (flags > VRING_PACKED_EVENT_FLAG_DESC)
		return devring_complain(ring, "PACK-4: driver event flags are 0x%x", flags);
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags;
	if (!ring->cfg.event_idx)
		return devring_complain(ring,
					"PACK-4: driver event flags are DESC without EVENT_IDX");
	if ((*event & ~EVENT_WRAP) >= ring->cfg.size)
		return devring_complain(ring,
					"PACK-4: driver event offset %u, the queue size is %u",
					*event & ~EVENT_WRAP, ring->cfg.size);
	return flags;
}

static int walk(struct devring *ring, struct devring_chain *out)
{
	uint16_t pos = ring->avail_next, at;
	bool wrap = ring->avail_wrap;

	for (;;) {
		const struct vring_packed_desc *d = desc_at(ring, pos);
		uint16_t flags = le16toh(d->flags);
		uint64_t iova = le64toh(d->addr);
		uint32_t len = le32toh(d->len);

		if (!is_available(flags, wrap))
			return devring_complain(
				ring, "PACK-1: descriptor %u is not available, its list is", pos);
		if (flags & ~(DEVRING_DESC_FLAGS | PACKED_AVAIL | PACKED_USED))
			return devring_complain(ring, "flags: descriptor %u has flags 0x%x", pos,
						flags);
		/*
		 * The device has not used the held descriptors, so the driver may not have reused
		 * them.
		 */
		if (ring->held + ++out->ndesc > ring->cfg.size)
			return devring_complain(ring,
						"PACK-2: no room for the list at %u, %u of %u held",
						ring->avail_next, ring->held, ring->cfg.size);
		out->id = le16toh(d->id);
		at = pos;
		advance(ring, &pos, &wrap, 1);

		if (flags & VRING_DESC_F_INDIRECT) {
			const void *table;

			if (out->ndesc > 1)
				return devring_complain(
					ring, "RING-4: descriptor %u of a list is INDIRECT", at);
			table = devring_indirect_table(ring, out, at, iova, len, flags);
			if (!table || walk_table(ring, out, table, len))
				return -1;
			break;
		}
		if (devring_add_segment(ring, out, "descriptor", at, iova, len, flags))
			return -1;
		if (!(flags & VRING_DESC_F_NEXT))
			break;
	}
	ring->avail_next = pos;
	ring->avail_wrap = wrap;
	return 0;
}

int devring_packed_pop(struct devring *ring, struct devring_chain *out)
{
	uint16_t event;

	if (driver_event_flags(ring, &event) < 0)
		return -1;
	/*
	 * The acquire load makes the whole list visible, because the driver makes the first
	 * descriptor of a list available last.
	 */
	if (!devring_packed_available(ring))
		return 0;
	if (walk(ring, out))
		return -1;
	if (out->id >= ring->cfg.size)
		return devring_complain(ring, "id: buffer id %u, the queue size is %u", out->id,
					ring->cfg.size);
	if (ring->slots[out->id].busy)
		return devring_complain(ring, "RING-5: buffer id %u is still held", out->id);
	ring->slots[out->id].busy = true;
	ring->slots[out->id].ndesc = out->ndesc;
	ring->held += out->ndesc;
	return 1;
}

void devring_packed_release(struct devring *ring, uint16_t id)
{
	ring->held -= ring->slots[id].ndesc;
	ring->slots[id].busy = false;
}

void devring_packed_write_used(struct devring *ring, uint32_t id, uint32_t len, unsigned int steps)
{
	struct vring_packed_desc *d = desc_at(ring, ring->used_next);
	uint16_t flags = ring->used_wrap ? PACKED_AVAIL | PACKED_USED : 0;

	d->id = htole16((uint16_t)id);
	d->len = htole32(len);
	/* VIRTIO 1.3, 2.8.4: in a used descriptor the WRITE flag means that len is valid. */
	if (len)
		flags |= VRING_DESC_F_WRITE;
	if (!ring->pending) {
		ring->held_back_pos = ring->used_next;
		ring->held_back_flags = flags;
	} else {
		/*
		 * Release: id and len are visible before flags. Pairs with the driver's load of the
		 * flags.
		 */
		store16(&d->flags, flags, memory_order_release);
	}
	advance(ring, &ring->used_next, &ring->used_wrap, steps);
}

void devring_packed_publish(struct devring *ring)
{
	/*
	 * The flags of the batch's first descriptor are written last: the driver does not look
	 * beyond a descriptor that is not used. Release: pairs with the driver's load of the flags.
	 */
	store16(&desc_at(ring, ring->held_back_pos)->flags, ring->held_back_flags,
		memory_order_release);
}

bool devring_packed_must_signal(struct devring *ring, unsigned int n)
{
	/*
	 * Count positions through two passes, wrap counter 1 first, so that positions of both
	 * passes compare as numbers.
	 */
	uint32_t size = ring->cfg.size, end;
	uint16_t event;

	switch (driver_event_flags(ring, &event)) {
	case VRING_PACKED_EVENT_FLAG_DISABLE:
		return false;
	case VRING_PACKED_EVENT_FLAG_DESC:
		end = ring->used_next + (ring->used_wrap ? 0 : size);
		end = (end + 2 * size - ring->pending % (2 * size)) % (2 * size);
		return devring_passed((event & ~EVENT_WRAP) + (event & EVENT_WRAP ? 0 : size), end,
				      n, 2 * size);
	default:
		return true;
	}
}

void devring_packed_want_kicks(struct devring *ring, bool want)
{
	struct vring_packed_desc_event *event = device_event(ring);
	uint16_t flags = VRING_PACKED_EVENT_FLAG_DISABLE;

	if (want && ring->cfg.event_idx) {
		flags = VRING_PACKED_EVENT_FLAG_DESC;
		store16(&event->off_wrap, ring->avail_next | (ring->avail_wrap ? EVENT_WRAP : 0u),
			memory_order_relaxed);
	} else if (want) {
		flags = VRING_PACKED_EVENT_FLAG_ENABLE;
	}
	/*
	 * Release: off_wrap is visible before flags. Pairs with the driver, which reads flags
	 * first.
	 */
	store16(&event->flags, flags, memory_order_release);
}
