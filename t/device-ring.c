/* SPDX-License-Identifier: GPL-2.0-only */
#include <endian.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device-ring.h"

#define SPLIT_MAX_SIZE	32768
#define PACKED_MAX_SIZE 32768

#define PACKED_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED  (1u << VRING_PACKED_DESC_F_USED)
#define EVENT_WRAP   (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

#define DESC_FLAGS (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)

/* The fields that both sides access at the same time. All of them are 16 bits wide. */
#define load16(p, order) le16toh(atomic_load_explicit((_Atomic uint16_t *)(p), order))
#define store16(p, v, order) \
	atomic_store_explicit((_Atomic uint16_t *)(p), htole16((uint16_t)(v)), order)

__attribute__((format(printf, 2, 3))) static int complain(struct devring *ring, const char *fmt,
							  ...)
{
	va_list ap;

	/* The first one is the cause, later ones are usually its effects. */
	if (ring->complaint[0])
		return -1;
	va_start(ap, fmt);
	vsnprintf(ring->complaint, sizeof(ring->complaint), fmt, ap);
	va_end(ap);
	return -1;
}

static bool is_split(const struct devring *ring)
{
	return ring->cfg.layout == DEVRING_SPLIT;
}

static struct vring_avail *avail_ring(const struct devring *ring)
{
	return ring->cfg.driver_area;
}

static struct vring_used *used_ring(const struct devring *ring)
{
	return ring->cfg.device_area;
}

static struct vring_packed_desc_event *driver_event(const struct devring *ring)
{
	return ring->cfg.driver_area;
}

static struct vring_packed_desc_event *device_event(const struct devring *ring)
{
	return ring->cfg.device_area;
}

static bool misaligned(const void *p, uintptr_t alignment)
{
	return !p || (uintptr_t)p % alignment;
}

int devring_init(struct devring *ring, const struct devring_config *cfg)
{
	bool split = cfg->layout == DEVRING_SPLIT;

	memset(ring, 0, sizeof(*ring));
	ring->cfg = *cfg;
	ring->avail_wrap = true;
	ring->used_wrap = true;

	if (!cfg->size || cfg->size > (split ? SPLIT_MAX_SIZE : PACKED_MAX_SIZE))
		return complain(ring, "queue size %u is not 1..32768", cfg->size);
	if (split && cfg->size & (cfg->size - 1))
		return complain(ring, "queue size %u of a split ring is not a power of 2",
				cfg->size);
	if (misaligned(cfg->desc, 16))
		return complain(ring, "RING-1: descriptor area is not 16-byte aligned");
	if (misaligned(cfg->driver_area, split ? 2 : 4))
		return complain(ring, "RING-1: driver area is not %d-byte aligned", split ? 2 : 4);
	if (misaligned(cfg->device_area, 4))
		return complain(ring, "RING-1: device area is not 4-byte aligned");

	ring->slots = calloc(cfg->size, sizeof(*ring->slots));
	ring->order = calloc(cfg->size, sizeof(*ring->order));
	if (!ring->slots || !ring->order)
		return complain(ring, "no memory for a ring of %u entries", cfg->size);
	return 0;
}

void devring_fini(struct devring *ring)
{
	free(ring->slots);
	free(ring->order);
	ring->slots = NULL;
	ring->order = NULL;
}

int devring_set_base(struct devring *ring, uint32_t base)
{
	if (is_split(ring)) {
		ring->avail_next = (uint16_t)base;
		ring->avail_seen = (uint16_t)base;
		/* Relaxed: the driver does not run yet, the message that set the base orders us. */
		ring->used_next = load16(&used_ring(ring)->idx, memory_order_relaxed);
		return 0;
	}
	if ((base & 0x7fff) >= ring->cfg.size || (base >> 16 & 0x7fff) >= ring->cfg.size)
		return complain(ring, "base 0x%x is outside a ring of %u", base, ring->cfg.size);
	ring->avail_next = base & 0x7fff;
	ring->avail_wrap = base >> 15 & 1;
	ring->used_next = base >> 16 & 0x7fff;
	ring->used_wrap = base >> 31 & 1;
	return 0;
}

uint32_t devring_base(const struct devring *ring)
{
	if (is_split(ring))
		return ring->avail_next;
	return ring->avail_next | (uint32_t)ring->avail_wrap << 15 |
	       (uint32_t)ring->used_next << 16 | (uint32_t)ring->used_wrap << 31;
}

static void advance_packed(const struct devring *ring, uint16_t *pos, bool *wrap, unsigned int n)
{
	unsigned int sum = *pos + n;

	for (; sum >= ring->cfg.size; sum -= ring->cfg.size)
		*wrap = !*wrap;
	*pos = (uint16_t)sum;
}

/* VIRTIO 1.3, 2.8.1: available is when the two bits differ and AVAIL is the wrap counter. */
static bool packed_is_available(uint16_t flags, bool wrap)
{
	bool avail = flags & PACKED_AVAIL, used = flags & PACKED_USED;

	return avail == wrap && used != wrap;
}

static struct vring_packed_desc *packed_desc(const struct devring *ring, unsigned int pos)
{
	return (struct vring_packed_desc *)ring->cfg.desc + pos;
}

bool devring_available(const struct devring *ring)
{
	/*
	 * Acquire, as everywhere where availability is looked at: pairs with the driver's barrier
	 * between the descriptors and avail->idx, or a list's first flags.
	 */
	if (is_split(ring))
		return load16(&avail_ring(ring)->idx, memory_order_acquire) != ring->avail_next;
	return packed_is_available(
		load16(&packed_desc(ring, ring->avail_next)->flags, memory_order_acquire),
		ring->avail_wrap);
}

/* One descriptor that describes data. @what and @index say where it was, for the complaint. */
static int add_segment(struct devring *ring, struct devring_chain *out, const char *what,
		       unsigned int index, uint64_t iova, uint32_t len, uint16_t flags)
{
	bool writable = flags & VRING_DESC_F_WRITE;
	struct devring_segment *seg;

	if (out->nsegs == ring->cfg.size)
		return complain(ring, "RING-3: buffer has more descriptors than the queue size, %u",
				ring->cfg.size);
	if (out->nsegs == DEVRING_MAX_SEGMENTS)
		return complain(ring, "buffer has more than %d descriptors", DEVRING_MAX_SEGMENTS);
	if (!len)
		return complain(ring, "length: %s %u has length 0", what, index);
	if (!writable && out->nsegs > out->nreadable)
		return complain(ring, "RING-2: %s %u is readable after a writable one", what,
				index);

	seg = &out->segs[out->nsegs];
	seg->ptr = ring->cfg.translate(ring->cfg.translate_ctx, iova, len);
	seg->iova = iova;
	seg->len = len;
	seg->writable = writable;
	if (!seg->ptr)
		return complain(ring, "address: %s %u: 0x%llx + 0x%x is not shared memory", what,
				index, (unsigned long long)iova, len);
	out->nsegs++;
	if (writable) {
		out->writable_bytes += len;
	} else {
		out->nreadable++;
		out->readable_bytes += len;
	}
	if (out->readable_bytes + out->writable_bytes > 1ULL << 32)
		return complain(ring, "RING-3: buffer is longer than 2^32 bytes");
	return 0;
}

/* What holds for the descriptor that refers to a table in both layouts. */
static void *indirect_table(struct devring *ring, struct devring_chain *out, unsigned int index,
			    uint64_t iova, uint32_t len, uint16_t flags)
{
	void *table;

	if (!ring->cfg.indirect) {
		complain(ring, "RING-4: descriptor %u is INDIRECT, not negotiated", index);
		return NULL;
	}
	if (flags & VRING_DESC_F_NEXT) {
		complain(ring, "RING-4: descriptor %u has both INDIRECT and NEXT", index);
		return NULL;
	}
	if (!len || len % 16) {
		complain(ring,
			 "RING-4: indirect table of descriptor %u has %u bytes, no multiple of 16",
			 index, len);
		return NULL;
	}
	table = ring->cfg.translate(ring->cfg.translate_ctx, iova, len);
	if (!table)
		complain(ring,
			 "address: indirect table of descriptor %u: "
			 "0x%llx + 0x%x is not shared memory",
			 index, (unsigned long long)iova, len);
	/* VIRTIO 1.3, 2.7.5.3.2 and 2.8.8: a WRITE flag on the descriptor itself is ignored. */
	out->indirect = true;
	return table;
}

static int walk_split_table(struct devring *ring, struct devring_chain *out, const void *table,
			    uint32_t bytes)
{
	uint32_t n = bytes / 16, i = 0, walked;

	for (walked = 1; walked <= n; walked++) {
		struct vring_desc d;
		uint16_t flags, next;

		/* The address needs no alignment, so the entry is copied out. */
		memcpy(&d, (const char *)table + 16 * (size_t)i, sizeof(d));
		flags = le16toh(d.flags);
		next = le16toh(d.next);
		if (flags & VRING_DESC_F_INDIRECT)
			return complain(ring, "RING-4: indirect table entry %u is INDIRECT", i);
		if (flags & ~DESC_FLAGS)
			return complain(ring, "flags: indirect table entry %u has flags 0x%x", i,
					flags);
		if (add_segment(ring, out, "indirect table entry", i, le64toh(d.addr),
				le32toh(d.len), flags))
			return -1;
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;
		if (next >= n)
			return complain(ring, "id: indirect table entry %u of %u has next %u", i, n,
					next);
		if (ring->cfg.in_order && next != i + 1)
			return complain(ring, "RING-8: indirect table entry %u has next %u", i,
					next);
		i = next;
	}
	return complain(ring, "RING-3: loop in an indirect table of %u entries", n);
}

/* Takes one table entry for the buffer that starts at @head. */
static int hold_split_desc(struct devring *ring, uint16_t head, uint16_t i)
{
	struct devring_slot *slot = &ring->slots[i];

	if (slot->busy && slot->head == head)
		return complain(ring, "RING-3: loop through descriptor %u of head %u", i, head);
	if (slot->busy)
		return complain(ring, "RING-5: descriptor %u of head %u is still held for head %u",
				i, head, slot->head);
	slot->busy = true;
	slot->head = head;
	ring->slots[head].ndesc++;
	ring->held++;
	return 0;
}

static int walk_split(struct devring *ring, struct devring_chain *out, uint16_t head)
{
	const struct vring_desc *table = ring->cfg.desc;
	uint16_t i = head;

	if (ring->slots[head].busy)
		return complain(ring, "RING-5: head %u is still held for head %u", head,
				ring->slots[head].head);
	ring->slots[head].ndesc = 0;

	for (;;) {
		const struct vring_desc *d = &table[i];
		uint16_t flags = le16toh(d->flags), next = le16toh(d->next);
		uint64_t iova = le64toh(d->addr);
		uint32_t len = le32toh(d->len);

		if (hold_split_desc(ring, head, i))
			return -1;
		if (flags & ~DESC_FLAGS)
			return complain(ring, "flags: descriptor %u has flags 0x%x", i, flags);
		if (flags & VRING_DESC_F_INDIRECT) {
			const void *indirect = indirect_table(ring, out, i, iova, len, flags);

			return indirect ? walk_split_table(ring, out, indirect, len) : -1;
		}
		if (add_segment(ring, out, "descriptor", i, iova, len, flags))
			return -1;
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;
		if (next >= ring->cfg.size)
			return complain(ring, "id: descriptor %u has next %u, size %u", i, next,
					ring->cfg.size);
		/* VIRTIO 1.3, 2.7.5.1. */
		if (ring->cfg.in_order && next != (i + 1) % ring->cfg.size)
			return complain(ring, "RING-8: descriptor %u has next %u", i, next);
		ring->slots[i].next = next;
		i = next;
	}
}

static int pop_split(struct devring *ring, struct devring_chain *out)
{
	struct vring_avail *avail = avail_ring(ring);
	/* Relaxed: the flags are advice, nothing is ordered by them. */
	uint16_t flags = load16(&avail->flags, memory_order_relaxed);
	/* Acquire: pairs with the driver's barrier between descriptors and index. */
	uint16_t idx = load16(&avail->idx, memory_order_acquire);
	uint16_t head;

	if (flags > (ring->cfg.event_idx ? 0 : VRING_AVAIL_F_NO_INTERRUPT))
		return complain(ring, "SPLIT-2: avail.flags is %u %s EVENT_IDX", flags,
				ring->cfg.event_idx ? "with" : "without");
	if ((uint16_t)(idx - ring->avail_seen) > ring->cfg.size ||
	    (uint16_t)(idx - ring->avail_next) > ring->cfg.size)
		return complain(ring, "SPLIT-1: avail.idx went from %u to %u, the queue size is %u",
				ring->avail_seen, idx, ring->cfg.size);
	ring->avail_seen = idx;
	if (idx == ring->avail_next)
		return 0;

	head = le16toh(avail->ring[ring->avail_next % ring->cfg.size]);
	if (head >= ring->cfg.size)
		return complain(ring, "id: available head %u, the queue size is %u", head,
				ring->cfg.size);
	if (walk_split(ring, out, head))
		return -1;
	out->id = head;
	out->ndesc = ring->slots[head].ndesc;
	ring->avail_next++;
	return 1;
}

static int walk_packed_table(struct devring *ring, struct devring_chain *out, const void *table,
			     uint32_t bytes)
{
	uint32_t i;

	/* Always the whole table: there is no NEXT in it that could end it earlier. */
	for (i = 0; i < bytes / 16; i++) {
		struct vring_packed_desc d;
		uint16_t flags;

		memcpy(&d, (const char *)table + 16 * (size_t)i, sizeof(d));
		flags = le16toh(d.flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return complain(ring, "RING-4: indirect table entry %u is INDIRECT", i);
		if (flags & ~VRING_DESC_F_WRITE)
			return complain(ring, "PACK-5: indirect table entry %u has flags 0x%x", i,
					flags);
		if (add_segment(ring, out, "indirect table entry", i, le64toh(d.addr),
				le32toh(d.len), flags))
			return -1;
	}
	return 0;
}

/*
 * What the driver asks for: -1 for a broken duty, else VRING_PACKED_EVENT_FLAG_*.
 * @event: for VRING_PACKED_EVENT_FLAG_DESC
 */
static int driver_event_flags(struct devring *ring, uint16_t *event)
{
	/* Acquire: pairs with the driver writing off_wrap before flags. */
	uint16_t flags = load16(&driver_event(ring)->flags, memory_order_acquire);

	*event = load16(&driver_event(ring)->off_wrap, memory_order_relaxed);
	if (flags > VRING_PACKED_EVENT_FLAG_DESC)
		return complain(ring, "PACK-4: driver event flags are 0x%x", flags);
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags;
	if (!ring->cfg.event_idx)
		return complain(ring, "PACK-4: driver event flags are DESC without EVENT_IDX");
	if ((*event & ~EVENT_WRAP) >= ring->cfg.size)
		return complain(ring, "PACK-4: driver event offset %u, the queue size is %u",
				*event & ~EVENT_WRAP, ring->cfg.size);
	return flags;
}

static int walk_packed(struct devring *ring, struct devring_chain *out)
{
	uint16_t pos = ring->avail_next, at;
	bool wrap = ring->avail_wrap;

	for (;;) {
		const struct vring_packed_desc *d = packed_desc(ring, pos);
		uint16_t flags = le16toh(d->flags);
		uint64_t iova = le64toh(d->addr);
		uint32_t len = le32toh(d->len);

		if (!packed_is_available(flags, wrap))
			return complain(ring, "PACK-1: descriptor %u is not available, its list is",
					pos);
		if (flags & ~(DESC_FLAGS | PACKED_AVAIL | PACKED_USED))
			return complain(ring, "flags: descriptor %u has flags 0x%x", pos, flags);
		/* The device has not given these back, so the driver cannot have had the room. */
		if (ring->held + ++out->ndesc > ring->cfg.size)
			return complain(ring, "PACK-2: no room for the list at %u, %u of %u held",
					ring->avail_next, ring->held, ring->cfg.size);
		out->id = le16toh(d->id);
		at = pos;
		advance_packed(ring, &pos, &wrap, 1);

		if (flags & VRING_DESC_F_INDIRECT) {
			const void *table;

			if (out->ndesc > 1)
				return complain(ring, "RING-4: descriptor %u of a list is INDIRECT",
						at);
			table = indirect_table(ring, out, at, iova, len, flags);
			if (!table || walk_packed_table(ring, out, table, len))
				return -1;
			break;
		}
		if (add_segment(ring, out, "descriptor", at, iova, len, flags))
			return -1;
		if (!(flags & VRING_DESC_F_NEXT))
			break;
	}
	ring->avail_next = pos;
	ring->avail_wrap = wrap;
	return 0;
}

static int pop_packed(struct devring *ring, struct devring_chain *out)
{
	uint16_t event;

	if (driver_event_flags(ring, &event) < 0)
		return -1;
	/* Acquires the whole list: its first descriptor becomes available last. */
	if (!devring_available(ring))
		return 0;
	if (walk_packed(ring, out))
		return -1;
	if (out->id >= ring->cfg.size)
		return complain(ring, "id: buffer id %u, the queue size is %u", out->id,
				ring->cfg.size);
	if (ring->slots[out->id].busy)
		return complain(ring, "RING-5: buffer id %u is still held", out->id);
	ring->slots[out->id].busy = true;
	ring->slots[out->id].ndesc = out->ndesc;
	ring->held += out->ndesc;
	return 1;
}

int devring_pop(struct devring *ring, struct devring_chain *out)
{
	int ret;

	if (ring->complaint[0])
		return -1;
	out->id = 0;
	out->ndesc = 0;
	out->indirect = false;
	out->nsegs = 0;
	out->nreadable = 0;
	out->readable_bytes = 0;
	out->writable_bytes = 0;

	ret = is_split(ring) ? pop_split(ring, out) : pop_packed(ring, out);
	if (ret == 1 && ring->cfg.in_order)
		ring->order[(ring->order_head + ring->order_count++) % ring->cfg.size] = out->id;
	return ret;
}

/* Forgets what was held for @id. Ids nobody made available are a test's own business. */
static void release(struct devring *ring, uint32_t id)
{
	struct devring_slot *slot;
	uint16_t i = (uint16_t)id, n;

	if (id >= ring->cfg.size || !ring->slots[id].busy)
		return;
	slot = &ring->slots[id];
	if (is_split(ring) && slot->head != id)
		return;
	ring->held -= slot->ndesc;
	if (!is_split(ring)) {
		slot->busy = false;
		return;
	}
	for (n = slot->ndesc; n; n--) {
		ring->slots[i].busy = false;
		i = ring->slots[i].next;
	}
}

static void write_used(struct devring *ring, uint32_t id, uint32_t len, unsigned int steps)
{
	struct vring_packed_desc *d;
	uint16_t flags;

	if (is_split(ring)) {
		vring_used_elem_t *elem = &used_ring(ring)->ring[ring->used_next % ring->cfg.size];

		elem->id = htole32(id);
		elem->len = htole32(len);
		ring->used_next = (uint16_t)(ring->used_next + steps);
		ring->pending += steps;
		return;
	}

	d = packed_desc(ring, ring->used_next);
	d->id = htole16((uint16_t)id);
	d->len = htole32(len);
	flags = ring->used_wrap ? PACKED_AVAIL | PACKED_USED : 0;
	/* VIRTIO 1.3, 2.8.4: in a used descriptor WRITE says that len is valid. */
	if (len)
		flags |= VRING_DESC_F_WRITE;
	if (!ring->pending) {
		ring->held_back_pos = ring->used_next;
		ring->held_back_flags = flags;
	} else {
		/* Release: id and len before flags, pairs with the driver's load of the flags. */
		store16(&d->flags, flags, memory_order_release);
	}
	advance_packed(ring, &ring->used_next, &ring->used_wrap, steps);
	ring->pending += steps;
}

void devring_push(struct devring *ring, uint32_t id, uint32_t len, uint16_t ndesc)
{
	unsigned int steps = is_split(ring) || !ndesc ? 1 : ndesc;

	release(ring, id);
	if (ring->cfg.in_order && ring->order_count && ring->order[ring->order_head] == id) {
		ring->order_head = (ring->order_head + 1) % ring->cfg.size;
		ring->order_count--;
	}
	write_used(ring, id, len, steps);
}

void devring_push_batch(struct devring *ring, uint32_t id, uint32_t len, unsigned int nbuffers)
{
	unsigned int steps = 0, i;

	for (i = 0; i < nbuffers && ring->order_count; i++) {
		uint16_t oldest = ring->order[ring->order_head];

		steps += is_split(ring) ? 1 : ring->slots[oldest].ndesc;
		release(ring, oldest);
		ring->order_head = (ring->order_head + 1) % ring->cfg.size;
		ring->order_count--;
	}
	if (steps)
		write_used(ring, id, len, steps);
}

bool devring_flush(struct devring *ring)
{
	if (!ring->pending)
		return false;
	/*
	 * Release: used entries, and the data the device wrote, before the store that shows them.
	 * Pairs with the driver's load of used->idx or of the descriptor's flags. The batch's first
	 * flags come last, as the driver looks no further than the first entry that is not used.
	 */
	if (is_split(ring))
		store16(&used_ring(ring)->idx, ring->used_next, memory_order_release);
	else
		store16(&packed_desc(ring, ring->held_back_pos)->flags, ring->held_back_flags,
			memory_order_release);
	ring->unsignalled += ring->pending;
	ring->pending = 0;
	return true;
}

/* Is @event among the @n positions before @end? All count modulo @modulus. */
static bool passed(uint32_t event, uint32_t end, uint32_t n, uint32_t modulus)
{
	return n >= modulus || (event + modulus + n - end) % modulus < n;
}

static bool must_signal_split(struct devring *ring, unsigned int n)
{
	struct vring_avail *avail = avail_ring(ring);
	uint16_t flags;

	if (ring->cfg.event_idx)
		return passed(load16(&avail->ring[ring->cfg.size], memory_order_relaxed),
			      (uint16_t)(ring->used_next - ring->pending), n, 1u << 16);
	flags = load16(&avail->flags, memory_order_relaxed);
	if (flags > VRING_AVAIL_F_NO_INTERRUPT)
		complain(ring, "SPLIT-2: avail.flags is %u without EVENT_IDX", flags);
	return flags != VRING_AVAIL_F_NO_INTERRUPT;
}

static bool must_signal_packed(struct devring *ring, unsigned int n)
{
	/* The ring twice, wrap counter 1 first: then positions of both laps compare as numbers. */
	uint32_t size = ring->cfg.size, end;
	uint16_t event;

	switch (driver_event_flags(ring, &event)) {
	case VRING_PACKED_EVENT_FLAG_DISABLE:
		return false;
	case VRING_PACKED_EVENT_FLAG_DESC:
		end = ring->used_next + (ring->used_wrap ? 0 : size);
		end = (end + 2 * size - ring->pending % (2 * size)) % (2 * size);
		return passed((event & ~EVENT_WRAP) + (event & EVENT_WRAP ? 0 : size), end, n,
			      2 * size);
	default:
		return true;
	}
}

bool devring_must_signal(struct devring *ring)
{
	unsigned int n = ring->unsignalled;

	ring->unsignalled = 0;
	if (!n)
		return false;
	/*
	 * Full barrier: used entries are visible before the driver's wish is read. Pairs with the
	 * driver's full barrier between writing its wish and looking at the ring once more.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	return is_split(ring) ? must_signal_split(ring, n) : must_signal_packed(ring, n);
}

static void want_kicks_split(struct devring *ring, bool want)
{
	struct vring_used *used = used_ring(ring);

	if (!ring->cfg.event_idx)
		store16(&used->flags, want ? 0 : VRING_USED_F_NO_NOTIFY, memory_order_relaxed);
	else if (want)
		/* avail_event lies behind the last used entry. */
		store16(&used->ring[ring->cfg.size], ring->avail_next, memory_order_relaxed);
}

static void want_kicks_packed(struct devring *ring, bool want)
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
	/* Release: off_wrap before flags, pairs with the driver reading flags first. */
	store16(&event->flags, flags, memory_order_release);
}

bool devring_want_kicks(struct devring *ring, bool want)
{
	if (is_split(ring))
		want_kicks_split(ring, want);
	else
		want_kicks_packed(ring, want);
	if (!want)
		return false;
	/*
	 * Full barrier: the wish is visible before the ring is looked at again. Pairs with the
	 * driver's full barrier between making buffers available and reading the wish.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	return devring_available(ring);
}
