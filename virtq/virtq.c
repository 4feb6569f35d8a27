// SPDX-License-Identifier: GPL-2.0-only
/* Layout, set-up and description of virtqueues: everything that is not on the hot path. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "virtq/base.h"
#include "virtq/virtq.h"
#include "virtq/virtq_ops.h"

/* Return the number of descriptors for the header and the footer of a request. */
static uint32_t ends(const struct virtq_config *config)
{
	return config->footer_bytes ? 2 : 1;
}

/* Return true if slots own no descriptors: requests use all descriptors of the table in turn. */
static bool descriptors_move(const struct virtq_config *config)
{
	return config->in_order && !config->packed && !config->indirect;
}

/* Return how many requests the ring can hold; 0 if it holds none, or if @config is invalid. */
static uint32_t room(const struct virtq_config *config)
{
	uint32_t per_request = ends(config) + config->segments;

	if (!config->size || config->size > VIRTQ_SIZE_MAX ||
	    (!config->packed && (config->size & (config->size - 1))))
		return 0;
	if (!config->header_bytes || config->footer_bytes > 1 || config->segments > config->size ||
	    (!config->footer_bytes && config->segments))
		return 0;
	/* A chain is never longer than the ring, not even in an indirect table (RING-3). */
	if (per_request > config->size)
		return 0;
	return config->indirect ? config->size : config->size / per_request;
}

/**
 * virtq_layout - compute the offsets of all parts of a queue
 * @config: properties of the queue
 * @layout: filled in
 *
 * Each area starts on a cache line of its own, so that driver and device do not write to the same
 * line. A slot's indirect table and header share lines that only the driver writes; the footer has
 * a line that only the device writes. Without indirect descriptors, header and footer share one
 * line, which moves from driver to device and back once per request.
 *
 * Returns 0, or -EINVAL if the ring size is invalid (VIRTIO 1.3, 2.7 and 2.8) or the ring cannot
 * hold @config->slots requests (if that is 0: a single request).
 */
int virtq_layout(const struct virtq_config *config, struct virtq_layout *layout)
{
	uint32_t most = room(config);
	size_t at;

	if (!most || config->slots > most)
		return -EINVAL;
	memset(layout, 0, sizeof(*layout));
	layout->slots = config->slots ? config->slots : most;
	/*
	 * The number of a slot is the index of its descriptor, and with IN_ORDER the driver uses
	 * all descriptors in turn: each descriptor needs a slot.
	 */
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
	/* Slots without a footer also have a byte for one, because virtq_slot_take() reads it. */
	layout->slot_stride = round_up(layout->footer + 1, VIRTQ_CACHE_LINE);
	layout->bytes = at + layout->slots * layout->slot_stride;
	return 0;
}

/**
 * virtq_state_bytes - return the size of the driver's private state of a queue
 * @config: as given to virtq_layout()
 * @layout: from virtq_layout()
 *
 * The state does not include struct virtq, and is not shared with the device.
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
 * virtq_init - initialise an empty queue, without touching the memory shared with the device
 * @vq: filled in
 * @config: as given to virtq_layout()
 * @layout: from virtq_layout()
 * @memory: @layout->bytes of zeroed memory shared with the device, aligned to a cache line
 * @state: virtq_state_bytes() of zeroed memory for the driver's private state, not shared with the
 *	   device, aligned to a cache line
 *
 * virtq_format() is the first function that touches the shared memory, so that the pages are on the
 * NUMA node of the process that uses the queue.
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
		/* avail_event follows the last entry of the used ring (VIRTIO 1.3, 2.7.8). */
		vq->split.avail_event = (__virtio16 *)&vq->split.used->ring[config->size];
		if (descriptors_move(config))
			vq->split.desc_slot = (uint16_t *)(vq->slot + layout->slots);
	}
}

/* Return the start of the queue's shared memory. */
static unsigned char *memory_of(const struct virtq *vq, const struct virtq_layout *layout)
{
	return (unsigned char *)(virtq_is_packed(vq) ? vq->packed.desc : vq->split.desc) -
	       layout->desc;
}

/**
 * virtq_format - write all descriptors that never change
 * @vq: queue, initialised and not yet formatted
 * @layout: as given to virtq_init()
 * @iova: I/O virtual address of the queue's memory
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
 * virtq_restart - empty a queue for a device that starts again from index 0
 * @vq: queue; no device may be using it
 * @config: as given to virtq_layout()
 * @layout: from virtq_layout()
 * @iova: I/O virtual address of the queue's memory
 *
 * The queue forgets its outstanding requests; the caller must have collected them. The device area
 * is cleared too, because a device may read its own index from there (VU-14).
 */
void virtq_restart(struct virtq *vq, const struct virtq_config *config,
		   const struct virtq_layout *layout, uint64_t iova)
{
	unsigned char *memory = memory_of(vq, layout);
	bool event_idx = vq->event_idx, formatted = vq->formatted;
	uint64_t short_lengths = vq->short_lengths, long_lengths = vq->long_lengths;
	struct virtq_slot *state = vq->slot;

	/*
	 * Only the device can have written to a queue that was never formatted. Do not touch the
	 * other areas: the job that uses the queue must touch them first.
	 */
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
 * virtq_accept_length - check whether the used length that caused a fault is permitted
 * @vq: queue with a fault
 *
 * virtq_take() on a strict queue stops at every used length that differs from the request's
 * device-writable bytes. A shorter length is correct if the request failed, or if the request is
 * the one in @vq->open_ended. For such a length, clear the fault and return true: the caller calls
 * virtq_take() again. Otherwise return false, and @vq->fault is final.
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
	/*
	 * virtq_take() reads the length again and accepts this value. If the device has changed the
	 * length to a larger value, this is a fault.
	 */
	slot->writable_bytes = vq->fault_value;
	vq->fault = VIRTQ_FAULT_NONE;
	return true;
}

/**
 * virtq_base - return the vring base from which a device must start
 * @vq: queue; all used requests are taken back, and no device is using it
 *
 * The format is that of VHOST_USER_SET_VRING_BASE (VU-12). Split ring: the next available index,
 * which equals the next used index because the device has nothing in flight. Packed ring: the next
 * available descriptor and its wrap counter in the low half, the next used descriptor and its wrap
 * counter in the high half. For an empty queue the base is 0 or 0x80008000.
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
 * virtq_next - return the position of the next available request, for notifications
 * @vq: queue; all added requests are published
 *
 * The format is that of VIRTIO_F_NOTIFICATION_DATA (VIRTIO 1.3, 2.9). Split ring: the next
 * available index. Packed ring: the offset of the next available descriptor, with the wrap counter
 * in the top bit.
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
 * virtq_describe - describe the ring positions of driver and device, for messages
 * @vq: queue, in use
 * @text: filled in
 * @bytes: size of @text
 *
 * Returns the length of the text, as snprintf() does.
 */
int virtq_describe(const struct virtq *vq, char *text, size_t bytes)
{
	const struct virtq_packed *ring = &vq->packed;

	if (!virtq_is_packed(vq))
		return snprintf(
			text, bytes,
			"available index %u, used index %u, driver's position in the used ring %u",
			vq->published & 0xffff,
			virtq_load16(&vq->split.used->idx, memory_order_relaxed),
			vq->taken & 0xffff);
	return snprintf(
		text, bytes,
		"next available descriptor %u with wrap counter %u, next used descriptor %u with wrap counter %u and flags 0x%04x",
		(unsigned int)(ring->next - ring->desc), !(ring->avail & VIRTQ_PACKED_USED),
		(unsigned int)(ring->used_next - ring->desc), !!ring->used,
		virtq_load16(&ring->used_next->packed.flags, memory_order_relaxed));
}

/**
 * virtq_fault_describe - describe a fault, for messages
 * @vq: queue with a fault
 * @text: filled in
 * @bytes: size of @text
 *
 * Returns the length of the text, as snprintf() does.
 */
int virtq_fault_describe(const struct virtq *vq, char *text, size_t bytes)
{
	switch (vq->fault) {
	case VIRTQ_FAULT_USED_INDEX:
		return snprintf(
			text, bytes,
			"used index reports %u more used requests, but only %u requests are outstanding",
			vq->fault_value, vq->published - vq->taken);
	case VIRTQ_FAULT_USED_ID:
		return snprintf(text, bytes,
				"used element has invalid id %u; the queue has at most %u requests",
				vq->fault_value, vq->slots);
	case VIRTQ_FAULT_NOT_OUTSTANDING:
		return snprintf(text, bytes,
				"used element names request %u, which is not outstanding",
				vq->fault_value);
	case VIRTQ_FAULT_USED_LENGTH:
		return snprintf(text, bytes,
				"used length %u is more than the request's device-writable bytes",
				vq->fault_value);
	case VIRTQ_FAULT_SHORT_LENGTH:
		return snprintf(
			text, bytes,
			"used length %u of a successful request is less than its device-writable bytes",
			vq->fault_value);
	case VIRTQ_FAULT_NONE:
		break;
	}
	return snprintf(text, bytes, "no fault");
}
