/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the device side that both ring layouts share, and the selection of the layout. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/ring-model/layouts.h"

#define MAX_SIZE 32768

int devring_complain(struct devring *ring, const char *fmt, ...)
{
	va_list ap;

	/* Keep the first complaint: later ones are usually its consequences. */
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

	if (!cfg->size || cfg->size > MAX_SIZE)
		return devring_complain(ring, "queue size %u is not 1..32768", cfg->size);
	if (split && cfg->size & (cfg->size - 1))
		return devring_complain(ring, "queue size %u of a split ring is not a power of 2",
					cfg->size);
	if (misaligned(cfg->desc, 16))
		return devring_complain(ring, "RING-1: descriptor area is not 16-byte aligned");
	if (misaligned(cfg->driver_area, split ? 2 : 4))
		return devring_complain(ring, "RING-1: driver area is not %d-byte aligned",
					split ? 2 : 4);
	if (misaligned(cfg->device_area, 4))
		return devring_complain(ring, "RING-1: device area is not 4-byte aligned");

	ring->slots = calloc(cfg->size, sizeof(*ring->slots));
	ring->order = calloc(cfg->size, sizeof(*ring->order));
	if (!ring->slots || !ring->order)
		return devring_complain(ring, "no memory for a ring of %u entries", cfg->size);
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
	return is_split(ring) ? devring_split_set_base(ring, base)
			      : devring_packed_set_base(ring, base);
}

uint32_t devring_base(const struct devring *ring)
{
	return is_split(ring) ? devring_split_base(ring) : devring_packed_base(ring);
}

bool devring_available(const struct devring *ring)
{
	return is_split(ring) ? devring_split_available(ring) : devring_packed_available(ring);
}

int devring_add_segment(struct devring *ring, struct devring_chain *out, const char *what,
			unsigned int index, uint64_t iova, uint32_t len, uint16_t flags)
{
	bool writable = flags & VRING_DESC_F_WRITE;
	struct devring_segment *seg;

	if (out->nsegs == ring->cfg.size)
		return devring_complain(
			ring, "RING-3: buffer has more descriptors than the queue size, %u",
			ring->cfg.size);
	if (out->nsegs == DEVRING_MAX_SEGMENTS)
		return devring_complain(ring, "buffer has more than %d descriptors",
					DEVRING_MAX_SEGMENTS);
	if (!len)
		return devring_complain(ring, "length: %s %u has length 0", what, index);
	if (!writable && out->nsegs > out->nreadable)
		return devring_complain(ring, "RING-2: %s %u is readable after a writable one",
					what, index);

	seg = &out->segs[out->nsegs];
	seg->ptr = ring->cfg.translate(ring->cfg.translate_ctx, iova, len);
	seg->iova = iova;
	seg->len = len;
	seg->writable = writable;
	if (!seg->ptr)
		return devring_complain(ring, "address: %s %u: 0x%llx + 0x%x is not shared memory",
					what, index, (unsigned long long)iova, len);
	out->nsegs++;
	if (writable) {
		out->writable_bytes += len;
	} else {
		out->nreadable++;
		out->readable_bytes += len;
	}
	if (out->readable_bytes + out->writable_bytes > 1ULL << 32)
		return devring_complain(ring, "RING-3: buffer is longer than 2^32 bytes");
	return 0;
}

void *devring_indirect_table(struct devring *ring, struct devring_chain *out, unsigned int index,
			     uint64_t iova, uint32_t len, uint16_t flags)
{
	void *table;

	if (!ring->cfg.indirect) {
		devring_complain(ring, "RING-4: descriptor %u is INDIRECT, not negotiated", index);
		return NULL;
	}
	if (flags & VRING_DESC_F_NEXT) {
		devring_complain(ring, "RING-4: descriptor %u has both INDIRECT and NEXT", index);
		return NULL;
	}
	if (!len || len % 16) {
		devring_complain(
			ring,
			"RING-4: indirect table of descriptor %u has %u bytes, no multiple of 16",
			index, len);
		return NULL;
	}
	table = ring->cfg.translate(ring->cfg.translate_ctx, iova, len);
	if (!table)
		devring_complain(
			ring,
			"address: indirect table of descriptor %u: 0x%llx + 0x%x is not shared memory",
			index, (unsigned long long)iova, len);
	/* VIRTIO 1.3, 2.7.5.3.2 and 2.8.7: the WRITE flag of the descriptor itself is ignored. */
	out->indirect = true;
	return table;
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

	ret = is_split(ring) ? devring_split_pop(ring, out) : devring_packed_pop(ring, out);
	if (ret == 1 && ring->cfg.in_order)
		ring->order[(ring->order_head + ring->order_count++) % ring->cfg.size] = out->id;
	return ret;
}

/*
 * Release the descriptors held for @id. Ids that were never popped are ignored: fault tests
 * push such ids on purpose.
 */
static void release(struct devring *ring, uint32_t id)
{
	if (id >= ring->cfg.size || !ring->slots[id].busy)
		return;
	if (is_split(ring))
		devring_split_release(ring, (uint16_t)id);
	else
		devring_packed_release(ring, (uint16_t)id);
}

static void write_used(struct devring *ring, uint32_t id, uint32_t len, unsigned int steps)
{
	if (is_split(ring))
		devring_split_write_used(ring, id, len, steps);
	else
		devring_packed_write_used(ring, id, len, steps);
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
	 * The used entries, and the data that the device wrote, become visible before the store
	 * below.
	 */
	if (is_split(ring))
		devring_split_publish(ring);
	else
		devring_packed_publish(ring);
	ring->unsignalled += ring->pending;
	ring->pending = 0;
	return true;
}

bool devring_passed(uint32_t event, uint32_t end, uint32_t n, uint32_t modulus)
{
	return n >= modulus || (event + modulus + n - end) % modulus < n;
}

bool devring_must_signal(struct devring *ring)
{
	unsigned int n = ring->unsignalled;

	ring->unsignalled = 0;
	if (!n)
		return false;
	/*
	 * Full barrier: used entries are visible before the driver's event suppression fields are
	 * read. Pairs with the driver's full barrier between writing these fields and checking the
	 * ring again.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	return is_split(ring) ? devring_split_must_signal(ring, n)
			      : devring_packed_must_signal(ring, n);
}

bool devring_want_kicks(struct devring *ring, bool want)
{
	if (is_split(ring))
		devring_split_want_kicks(ring, want);
	else
		devring_packed_want_kicks(ring, want);
	if (!want)
		return false;
	/*
	 * Full barrier: the device's event suppression fields are visible before the ring is
	 * checked again. Pairs with the driver's full barrier between making buffers available and
	 * reading these fields.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	return devring_available(ring);
}
