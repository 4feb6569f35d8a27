// SPDX-License-Identifier: GPL-2.0-only
/* Geometry and formatting of virtqueues: everything that happens once. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "virtq/virtq.h"
#include "virtq/virtq_split.h"

static size_t round_up(size_t value, size_t unit)
{
	return (value + unit - 1) / unit * unit;
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
 * Returns 0, or -EINVAL: ring size no power of two or above VIRTQ_SIZE_MAX (VIRTIO 1.3, 2.7), more
 * slots than the ring can hold, no room for a single request, or a request of more descriptors than
 * the ring has entries (2.7.5.3.1).
 */
int virtq_layout(const struct virtq_config *config, struct virtq_layout *layout)
{
	uint32_t per_request = config->segments + 2;
	uint32_t fit = config->indirect ? config->size : config->size / per_request;
	size_t at = 0;

	if (!config->size || config->size > VIRTQ_SIZE_MAX || (config->size & (config->size - 1)))
		return -EINVAL;
	if (!config->segments || per_request > config->size + (config->indirect ? 2 : 0) || !fit ||
	    config->slots > fit)
		return -EINVAL;

	memset(layout, 0, sizeof(*layout));
	layout->slots = config->slots ? config->slots : fit;

	layout->desc = at;
	at = round_up(at + config->size * sizeof(struct vring_desc), VIRTQ_CACHE_LINE);
	layout->driver = at;
	at = round_up(at + sizeof(struct vring_avail) + (config->size + 1) * sizeof(__virtio16),
		      VIRTQ_CACHE_LINE);
	layout->device = at;
	at = round_up(at + sizeof(struct vring_used) +
			      config->size * sizeof(struct vring_used_elem) + sizeof(__virtio16),
		      VIRTQ_CACHE_LINE);

	layout->slot = at;
	if (config->indirect) {
		layout->head = per_request * sizeof(struct vring_desc);
		layout->tail = round_up(layout->head + config->head_bytes, VIRTQ_CACHE_LINE);
	} else {
		layout->head = 0;
		layout->tail = config->head_bytes;
	}
	layout->slot_stride = round_up(layout->tail + config->tail_bytes, VIRTQ_CACHE_LINE);
	layout->bytes = at + layout->slots * layout->slot_stride;
	return 0;
}

/**
 * virtq_state_bytes - size of the driver's own memory of a queue, beside struct virtq
 * @layout: from virtq_layout()
 */
size_t virtq_state_bytes(const struct virtq_layout *layout)
{
	return layout->slots * (sizeof(struct virtq_slot) + sizeof(uint16_t));
}

/**
 * virtq_init - an empty queue, not a byte of the device's memory touched
 * @vq: filled in
 * @config: as given to virtq_layout()
 * @layout: from virtq_layout()
 * @memory: @layout->bytes shared with the device, zeroed, aligned to a cache line
 * @state: virtq_state_bytes() of the driver's own, aligned to 8
 *
 * Touching is left to virtq_format(), so that pages land on the node of whoever uses the queue.
 */
void virtq_init(struct virtq *vq, const struct virtq_config *config,
		const struct virtq_layout *layout, void *memory, void *state)
{
	unsigned char *base = memory;

	memset(vq, 0, sizeof(*vq));
	vq->desc = (struct vring_desc *)(base + layout->desc);
	vq->avail = (struct vring_avail *)(base + layout->driver);
	vq->used = (struct vring_used *)(base + layout->device);
	vq->slot = state;
	vq->free = (uint16_t *)(vq->slot + layout->slots);
	vq->heads = base + layout->slot + layout->head;
	vq->tails = base + layout->slot + layout->tail;
	vq->slot_stride = (uint32_t)layout->slot_stride;
	vq->mask = (uint16_t)(config->size - 1);
	vq->slots = (uint16_t)layout->slots;
	vq->nfree = vq->slots;
	vq->segments = (uint16_t)config->segments;
	vq->event_idx = config->event_idx;
	vq->indirect = config->indirect;
}

/**
 * virtq_format - write every descriptor that will not change
 * @vq: queue, initialised; once in its life
 * @config: as given to virtq_init()
 * @layout: as given to virtq_init()
 * @iova: the queue's memory as the device addresses it
 *
 * An id on the ring is a slot number: descriptor n starts slot n's request, be it as its head or as
 * a reference to its indirect table. Without indirect descriptors data and tail follow behind the
 * heads, slot by slot.
 */
void virtq_format(struct virtq *vq, const struct virtq_config *config,
		  const struct virtq_layout *layout, uint64_t iova)
{
	uint32_t id;

	for (id = 0; id < vq->slots; id++) {
		struct virtq_slot *slot = &vq->slot[id];
		size_t at = layout->slot + id * layout->slot_stride;
		struct vring_desc *tail;

		if (vq->indirect) {
			uint32_t entries = config->segments + 2u;

			vq->desc[id].addr = htole64(iova + at);
			vq->desc[id].len = htole32((uint32_t)(entries * sizeof(struct vring_desc)));
			vq->desc[id].flags = htole16(VRING_DESC_F_INDIRECT);
			slot->head = (struct vring_desc *)((unsigned char *)vq->desc -
							   layout->desc + at);
			slot->chain = slot->head + 1;
			slot->link = 1;
		} else {
			slot->link = (uint16_t)(vq->slots + id * (config->segments + 1u));
			slot->head = &vq->desc[id];
			slot->chain = &vq->desc[slot->link];
		}
		slot->head->addr = htole64(iova + at + layout->head);
		slot->head->len = htole32(config->head_bytes);
		slot->head->flags = htole16(VRING_DESC_F_NEXT);
		tail = slot->chain + config->segments;
		tail->addr = htole64(iova + at + layout->tail);
		tail->len = htole32(config->tail_bytes);
		tail->flags = htole16(VRING_DESC_F_WRITE);
		virtq_split_relink(vq, slot, 1);
		vq->free[vq->slots - 1 - id] = (uint16_t)id;
	}
	virtq_split_disarm(vq);
	vq->formatted = true;
}

/**
 * virtq_split_relink - have a slot's chain run over another number of data descriptors
 * @vq: queue
 * @slot: slot
 * @data: data descriptors, at most @vq->segments
 */
void virtq_split_relink(const struct virtq *vq, struct virtq_slot *slot, unsigned int data)
{
	uint16_t tail = (uint16_t)(slot->link + vq->segments);
	unsigned int i;

	slot->head->next = htole16(data ? slot->link : tail);
	for (i = 0; i < data; i++)
		slot->chain[i].next = htole16(i + 1 < data ? (uint16_t)(slot->link + i + 1) : tail);
	slot->data = (uint16_t)data;
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
		return snprintf(text, bytes,
				"used index went from %u to %u with %u requests outstanding",
				vq->used_next, vq->fault_value, virtq_outstanding(vq));
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
	case VIRTQ_FAULT_NONE:
		break;
	}
	return snprintf(text, bytes, "no fault");
}
