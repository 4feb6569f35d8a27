// SPDX-License-Identifier: GPL-2.0-only
/* Geometry of virtqueues, and what both layouts do once. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "virtq/base.h"
#include "virtq/virtq.h"
#include "virtq/virtq_ops.h"

/* Descriptors of a request beside its data. */
static uint32_t ends(const struct virtq_config *config)
{
	return config->footer_bytes ? 2 : 1;
}

static bool descriptors_move(const struct virtq_config *config)
{
	return config->in_order && !config->packed && !config->indirect;
}

/* Most slots the ring has room for; 0 = not even one, or the ring itself can't be. */
static uint32_t room(const struct virtq_config *config)
{
	uint32_t per_request = ends(config) + config->segments;

	if (!config->size || config->size > VIRTQ_SIZE_MAX ||
	    (!config->packed && (config->size & (config->size - 1))))
		return 0;
	if (!config->header_bytes || config->footer_bytes > 1 || config->segments > config->size ||
	    (!config->footer_bytes && config->segments))
		return 0;
	/* No chain is longer than the ring, be it in a table of its own (RING-3). */
	if (per_request > config->size)
		return 0;
	return config->indirect ? config->size : config->size / per_request;
}

/**
 * virtq_layout - work out where everything of a queue lies
 * @config: what the queue is made of
 * @layout: filled in
 *
 * Areas start on cache lines of their own, so that no line is written by both sides where the
 * specification leaves a choice. A slot's indirect table and head share the lines that the driver
 * writes; its tail has a line that the device writes. Without indirect descriptors head and tail
 * share one line: its ownership then moves once each way.
 *
 * Returns 0, or -EINVAL: a ring size that can't be (VIRTIO 1.3, 2.7 and 2.8), more slots than the
 * ring has room for, or none at all.
 */
int virtq_layout(const struct virtq_config *config, struct virtq_layout *layout)
{
	uint32_t most = room(config);
	size_t at;

	if (!most || config->slots > most)
		return -EINVAL;
	memset(layout, 0, sizeof(*layout));
	layout->slots = config->slots ? config->slots : most;
	/* Slots name descriptors, and with IN_ORDER these are used from end to end of the table. */
	if (config->in_order && config->indirect && !config->packed)
		layout->slots = most;

	at = round_up(config->size * sizeof(struct vring_desc), VIRTQ_CACHE_LINE);
	layout->driver = at;
	if (config->packed)
		at += sizeof(uint32_t);
	else
		at += sizeof(struct vring_avail) + (config->size + 1) * sizeof(__virtio16);
	at = round_up(at, VIRTQ_CACHE_LINE);
	layout->device = at;
	if (config->packed)
		at += sizeof(uint32_t);
	else
		at += sizeof(struct vring_used) + config->size * sizeof(struct vring_used_elem) +
		      sizeof(__virtio16);
	at = round_up(at, VIRTQ_CACHE_LINE);

	layout->slot = at;
	if (config->indirect) {
		layout->header = (ends(config) + config->segments) * sizeof(struct vring_desc);
		layout->footer = round_up(layout->header + config->header_bytes, VIRTQ_CACHE_LINE);
	} else {
		layout->footer = config->header_bytes;
	}
	/* A byte for the tail even where there is none: taking a request back looks at it. */
	layout->slot_stride = round_up(layout->footer + 1, VIRTQ_CACHE_LINE);
	layout->bytes = at + layout->slots * layout->slot_stride;
	return 0;
}

/**
 * virtq_state_bytes - size of the driver's own memory of a queue, beside struct virtq
 * @config: as given to virtq_layout()
 * @layout: from virtq_layout()
 */
size_t virtq_state_bytes(const struct virtq_config *config, const struct virtq_layout *layout)
{
	size_t bytes = layout->slots * sizeof(struct virtq_slot);

	return bytes + (descriptors_move(config) ? config->size * sizeof(uint16_t) : 0);
}

static enum virtq_mode mode(const struct virtq_config *config)
{
	if (config->in_order)
		return config->packed ? VIRTQ_PACKED_IN_ORDER : VIRTQ_SPLIT_IN_ORDER;
	if (config->packed)
		return config->indirect ? VIRTQ_PACKED_INDIRECT : VIRTQ_PACKED_DIRECT;
	return VIRTQ_SPLIT;
}

/**
 * virtq_init - an empty queue, not a byte of the device's memory touched
 * @vq: filled in
 * @config: as given to virtq_layout()
 * @layout: from virtq_layout()
 * @memory: @layout->bytes shared with the device, zeroed, aligned to a cache line
 * @state: virtq_state_bytes() of the driver's own, zeroed, aligned to a cache line
 *
 * Touching is left to virtq_format(), so that pages land on the node of whoever uses the queue.
 */
void virtq_init(struct virtq *vq, const struct virtq_config *config,
		const struct virtq_layout *layout, void *memory, void *state)
{
	unsigned char *base = memory;

	memset(vq, 0, sizeof(*vq));
	vq->slot = state;
	vq->mode = (uint8_t)mode(config);
	vq->is_packed = config->packed;
	vq->indirect = config->indirect;
	vq->event_idx = config->event_idx;
	vq->slots = layout->slots;
	vq->segments = (uint16_t)config->segments;
	vq->ends = (uint16_t)ends(config);
	vq->header_bytes = config->header_bytes;
	vq->footer_bytes = config->footer_bytes;
	vq->strict = config->strict;
	if (config->packed) {
		vq->packed.desc = (struct virtq_desc *)(base + layout->desc);
		vq->packed.driver = (uint32_t *)(base + layout->driver);
		vq->packed.device = (uint32_t *)(base + layout->device);
		/* Both wrap counters start at 1 (VIRTIO 1.3, 2.8.1). */
		vq->packed.avail = VIRTQ_PACKED_AVAIL;
		vq->packed.head_meta = VIRTQ_PACKED_AVAIL | config->header_bytes;
		if (config->footer_bytes)
			vq->packed.head_meta |= VIRTQ_PACKED_FLAGS(VRING_DESC_F_NEXT);
		vq->packed.tail_meta = VIRTQ_PACKED_AVAIL | config->footer_bytes |
				       VIRTQ_PACKED_FLAGS(VRING_DESC_F_WRITE);
		vq->packed.used = VIRTQ_PACKED_WRAP;
		vq->packed.next = vq->packed.used_next = vq->packed.desc;
		vq->packed.end = vq->packed.desc + config->size;
	} else {
		vq->split.desc = (struct virtq_desc *)(base + layout->desc);
		vq->split.avail = (struct vring_avail *)(base + layout->driver);
		vq->split.used = (struct vring_used *)(base + layout->device);
		vq->split.mask = config->size - 1;
		/* One past the used ring's end (VIRTIO 1.3, 2.7.8). */
		vq->split.avail_event = (__virtio16 *)&vq->split.used->ring[config->size];
		if (descriptors_move(config))
			vq->split.desc_slot = (uint16_t *)(vq->slot + layout->slots);
	}
}

/* Where the queue's memory begins. */
static unsigned char *memory_of(const struct virtq *vq, const struct virtq_layout *layout)
{
	return (unsigned char *)(virtq_is_packed(vq) ? vq->packed.desc : vq->split.desc) -
	       layout->desc;
}

/**
 * virtq_format - write every descriptor that will not change
 * @vq: queue, initialised; once in its life
 * @layout: as given to virtq_init()
 * @iova: the queue's memory as the device addresses it
 */
void virtq_format(struct virtq *vq, const struct virtq_layout *layout, uint64_t iova)
{
	unsigned char *base = memory_of(vq, layout);
	uint32_t id;

	for (id = 0; id < vq->slots; id++) {
		struct virtq_slot *slot = &vq->slot[id];
		size_t at = layout->slot + id * layout->slot_stride;

		slot->id = (uint16_t)id;
		slot->ctx = NULL;
		slot->next = id + 1 < vq->slots ? slot + 1 : NULL;
		slot->header = base + at + layout->header;
		slot->footer = base + at + layout->footer;
		slot->iova = iova + at + (vq->indirect ? 0 : layout->header);
		if (vq->indirect)
			slot->chain = (struct virtq_desc *)(base + at) + 1;
		else
			slot->footer_iova = iova + at + layout->footer;
	}
	vq->free = vq->slot;
	vq->last = &vq->slot[vq->slots - 1];
	if (virtq_is_packed(vq))
		virtq_packed_format(vq);
	else
		virtq_split_format(vq);
	virtq_disarm(vq);
	vq->formatted = true;
}

/**
 * virtq_restart - make a queue empty again, for a device that starts from nothing
 * @vq: queue; no device may be using it
 * @config: as given to virtq_layout()
 * @layout: from virtq_layout()
 * @iova: the queue's memory as the device addresses it
 *
 * What was outstanding is forgotten: see to it before. The device's areas are cleared as well: a
 * device reads where they begin (VU-14).
 */
void virtq_restart(struct virtq *vq, const struct virtq_config *config,
		   const struct virtq_layout *layout, uint64_t iova)
{
	unsigned char *memory = memory_of(vq, layout);
	bool event_idx = vq->event_idx, formatted = vq->formatted;
	uint64_t short_lengths = vq->short_lengths, long_lengths = vq->long_lengths;
	struct virtq_slot *state = vq->slot;

	/* A queue that was never used has only what the device wrote; the rest is its user's to
	 * touch. */
	if (!formatted) {
		memset(memory + layout->device, 0, layout->slot - layout->device);
		return;
	}
	memset(memory, 0, layout->slot);
	memset(state, 0, virtq_state_bytes(config, layout));
	virtq_init(vq, config, layout, memory, state);
	vq->event_idx = event_idx;
	vq->short_lengths = short_lengths;
	vq->long_lengths = long_lengths;
	virtq_format(vq, layout, iova);
}

/**
 * virtq_accept_length - look again at what made taking requests back end with a fault
 * @vq: queue with a fault
 *
 * A strict queue ends at every used length that is not the request's device-writable bytes. A
 * shorter one is right where the request failed, and where its answer has no fixed length
 * (@vq->open_ended). Returns true for such a one: there is no fault any more, and virtq_take() goes
 * on from there. Otherwise @vq->fault is final.
 */
bool virtq_accept_length(struct virtq *vq)
{
	struct virtq_slot *slot = vq->length_slot;

	if (vq->fault != VIRTQ_FAULT_USED_LENGTH)
		return false;
	if (vq->fault_value > slot->writable_bytes) {
		vq->long_lengths++;
		return false;
	}
	vq->short_lengths++;
	if (slot != vq->open_ended && !*(const volatile unsigned char *)slot->footer) {
		vq->fault = VIRTQ_FAULT_SHORT_LENGTH;
		return false;
	}
	/* If the device writes another one meanwhile: each is shorter than the last, or a fault. */
	slot->writable_bytes = vq->fault_value;
	vq->fault = VIRTQ_FAULT_NONE;
	return true;
}

/**
 * virtq_base - where a device that takes the queue over has to begin
 * @vq: queue; everything used is taken back, and no device is using it
 *
 * As vhost-user counts it: a split ring's next available index, which with nothing in flight at
 * the device is its next used one; a packed ring's, with its wrap counter, and the same for the
 * used ones above it (VU-12). For an empty queue that is 0 or 0x80008000.
 */
uint32_t virtq_base(const struct virtq *vq)
{
	const struct virtq_packed *ring = &vq->packed;
	uint32_t at;

	if (!virtq_is_packed(vq))
		return vq->taken & 0xffff;
	at = (uint32_t)(ring->used_next - ring->desc) | (ring->used ? 1u << 15 : 0);
	return at << 16 | at;
}

/**
 * virtq_next - where the driver goes on
 * @vq: queue, everything added is published
 *
 * A split ring's next available index; the offset of a packed ring's next available descriptor,
 * with its wrap counter in the top bit. As notifications carry it with VIRTIO_F_NOTIFICATION_DATA
 * (VIRTIO 1.3, 2.9).
 */
uint16_t virtq_next(const struct virtq *vq)
{
	const struct virtq_packed *ring = &vq->packed;

	if (!virtq_is_packed(vq))
		return (uint16_t)vq->published;
	return (uint16_t)((uint32_t)(ring->next - ring->desc) |
			  (ring->avail & VIRTQ_PACKED_AVAIL ? 1u << 15 : 0));
}

/**
 * virtq_describe - where a queue's two sides are, for people
 * @vq: queue, in use
 * @text: filled in
 * @bytes: size of @text
 *
 * Returns the text's length, as snprintf() does.
 */
int virtq_describe(const struct virtq *vq, char *text, size_t bytes)
{
	const struct virtq_packed *ring = &vq->packed;

	if (!virtq_is_packed(vq))
		return snprintf(text, bytes, "available index %u, used index %u, taken up to %u",
				vq->published & 0xffff,
				virtq_load16(&vq->split.used->idx, memory_order_relaxed),
				vq->taken & 0xffff);
	return snprintf(text, bytes,
			"next available descriptor %u with wrap counter %u, next used one %u with "
			"wrap counter %u and flags 0x%04x",
			(unsigned int)(ring->next - ring->desc), !(ring->avail & VIRTQ_PACKED_USED),
			(unsigned int)(ring->used_next - ring->desc), !!ring->used,
			virtq_load16(&ring->used_next->packed.flags, memory_order_relaxed));
}

/**
 * virtq_fault_describe - what the device did wrong, for people
 * @vq: queue with a fault
 * @text: filled in
 * @bytes: size of @text
 *
 * Returns the text's length, as snprintf() does.
 */
int virtq_fault_describe(const struct virtq *vq, char *text, size_t bytes)
{
	switch (vq->fault) {
	case VIRTQ_FAULT_USED_INDEX:
		return snprintf(
			text, bytes,
			"used index says that %u more requests are used, with %u outstanding",
			vq->fault_value, vq->published - vq->taken);
	case VIRTQ_FAULT_USED_ID:
		return snprintf(text, bytes, "used element names id %u of a queue with %u",
				vq->fault_value, vq->slots);
	case VIRTQ_FAULT_NOT_OUTSTANDING:
		return snprintf(text, bytes,
				"used element names request %u, which is not outstanding",
				vq->fault_value);
	case VIRTQ_FAULT_USED_LENGTH:
		return snprintf(text, bytes, "used length %u is more than the request has room for",
				vq->fault_value);
	case VIRTQ_FAULT_SHORT_LENGTH:
		return snprintf(text, bytes,
				"used length %u is less than what a request that succeeded must "
				"have had written",
				vq->fault_value);
	case VIRTQ_FAULT_NONE:
		break;
	}
	return snprintf(text, bytes, "no fault");
}
