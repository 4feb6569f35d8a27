/* SPDX-License-Identifier: GPL-2.0-only */
#include <endian.h>
#include <stdatomic.h>

#include "t/ring-model/fault.h"

/*
 * Release: values that were falsified earlier are visible to the driver before @value. Pairs with
 * the driver's acquire loads.
 */
static void publish(void *field, uint16_t value)
{
	atomic_store_explicit((_Atomic uint16_t *)field, htole16(value), memory_order_release);
}

static struct vring_packed_desc *packed_desc(struct devring *ring, unsigned int pos)
{
	return (struct vring_packed_desc *)ring->cfg.desc + pos % ring->cfg.size;
}

void devfault_write_used(struct devring *ring, unsigned int pos, uint32_t id, uint32_t len)
{
	if (ring->cfg.layout == DEVRING_SPLIT) {
		struct vring_used *used = ring->cfg.device_area;

		used->ring[pos % ring->cfg.size].id = htole32(id);
		used->ring[pos % ring->cfg.size].len = htole32(len);
	} else {
		packed_desc(ring, pos)->id = htole16((uint16_t)id);
		packed_desc(ring, pos)->len = htole32(len);
	}
}

void devfault_write_flags(struct devring *ring, unsigned int pos, uint16_t flags)
{
	publish(&packed_desc(ring, pos)->flags, flags);
}

static uint16_t used_flags(bool wrap)
{
	return wrap ? 1 << VRING_PACKED_DESC_F_AVAIL | 1 << VRING_PACKED_DESC_F_USED : 0;
}

void devfault_jump_used(struct devring *ring, unsigned int steps)
{
	unsigned int i;

	if (ring->cfg.layout == DEVRING_SPLIT) {
		struct vring_used *used = ring->cfg.device_area;

		publish(&used->idx, (uint16_t)(le16toh(used->idx) + steps));
		return;
	}
	for (i = steps; i--;) {
		unsigned int pos = ring->used_next + i;
		bool wrap = ring->used_wrap ^ (pos / ring->cfg.size & 1);

		devfault_write_flags(ring, pos, used_flags(wrap));
	}
}

void devfault_go_back(struct devring *ring, unsigned int steps)
{
	unsigned int i;

	if (ring->cfg.layout == DEVRING_SPLIT) {
		struct vring_used *used = ring->cfg.device_area;

		publish(&used->idx, (uint16_t)(le16toh(used->idx) - steps));
		return;
	}
	for (i = 1; i <= steps && i <= ring->cfg.size; i++) {
		bool same_lap = i <= ring->used_next;

		/* Flags that match the opposite wrap counter mark a descriptor as not used yet. */
		devfault_write_flags(ring, ring->used_next + ring->cfg.size - i,
				     used_flags(ring->used_wrap ^ same_lap));
	}
}

void devfault_flip_wrap(struct devring *ring, bool avail, bool used)
{
	ring->avail_wrap ^= avail;
	ring->used_wrap ^= used;
}

void devfault_garbage_event(struct devring *ring, uint16_t flags, uint16_t event)
{
	if (ring->cfg.layout == DEVRING_SPLIT) {
		struct vring_used *used = ring->cfg.device_area;

		publish(&used->ring[ring->cfg.size], event);
		publish(&used->flags, flags);
	} else {
		struct vring_packed_desc_event *e = ring->cfg.device_area;

		publish(&e->off_wrap, event);
		publish(&e->flags, flags);
	}
}
