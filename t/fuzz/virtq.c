// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target for the used side of both ring layouts (libFuzzer, clang). The driver's real code
 * runs the operations in the input, while a simulated device does what the input says: it uses
 * requests correctly, or writes arbitrary bytes anywhere in the shared memory.
 *
 * Properties that hold for every device: each context is returned at most once per submission, and
 * only while its request is outstanding; the bookkeeping stays within the queue; no memory outside
 * the queue is accessed (checked by the sanitizers).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/blk/blk_request.h"
#include "virtq/virtq_ops.h"

#define REQUESTS 64
#define IOVA	 (1ull << 32)

#define MUST(condition)                                                    \
	do {                                                               \
		if (!(condition)) {                                        \
			fprintf(stderr, "check failed: %s\n", #condition); \
			abort();                                           \
		}                                                          \
	} while (0)

struct input {
	const uint8_t *data;
	size_t bytes;
};

static uint32_t take(struct input *in, unsigned int bytes)
{
	uint32_t value = 0;

	for (; bytes; bytes--) {
		value = value << 8 | (in->bytes ? *in->data : 0);
		if (in->bytes) {
			in->data++;
			in->bytes--;
		}
	}
	return value;
}

struct driver {
	struct virtq_config config;
	struct virtq_layout layout;
	struct virtq queue;
	unsigned char *memory;
	void *state;
	bool outstanding[REQUESTS];
	unsigned int count;
	uint16_t device_next, device_used;
	bool device_wrap;
};

static void on_error(void *arg, void *ctx, unsigned char tail)
{
	(void)arg;
	MUST(ctx && tail);
}

static bool set_up(struct driver *d, struct input *in)
{
	static const uint16_t sizes[] = { 1, 2, 3, 4, 7, 8, 16, 61, 64, 128 };
	uint32_t flags = take(in, 1);

	memset(d, 0, sizeof(*d));
	d->config.packed = flags & 1;
	d->config.indirect = flags & 2;
	d->config.event_idx = flags & 4;
	d->config.in_order = flags & 8;
	d->config.strict = flags & 32;
	d->config.size = sizes[take(in, 1) % (sizeof(sizes) / sizeof(*sizes))];
	d->config.segments = take(in, 1) % 4;
	d->config.header_bytes = BLK_HEADER_BYTES;
	d->config.footer_bytes = d->config.segments || flags & 16 ? BLK_STATUS_BYTES : 0;
	if (virtq_layout(&d->config, &d->layout) || d->layout.slots > REQUESTS)
		return false;
	/* Allocate exactly the required size, so that the sanitizer detects accesses beyond it. */
	d->memory = aligned_alloc(VIRTQ_CACHE_LINE, d->layout.bytes);
	d->state = aligned_alloc(VIRTQ_CACHE_LINE,
				 (virtq_state_bytes(&d->config, &d->layout) + 63) / 64 * 64);
	MUST(d->memory && d->state);
	memset(d->memory, 0, d->layout.bytes);
	memset(d->state, 0, (virtq_state_bytes(&d->config, &d->layout) + 63) / 64 * 64);
	virtq_init(&d->queue, &d->config, &d->layout, d->memory, d->state);
	virtq_format(&d->queue, &d->layout, IOVA);
	/* Let the input choose the start index, so that indices overflow early. */
	if (!d->config.packed) {
		uint16_t start = (uint16_t)take(in, 2);

		d->queue.added = d->queue.published = d->queue.taken = start;
		d->device_next = d->device_used = start;
		if (d->config.in_order)
			return start % d->config.size == 0;
	}
	d->device_wrap = true;
	return true;
}

static void add(struct driver *d, struct input *in)
{
	uint32_t shape = take(in, 1), bytes = 0, piece = UINT32_MAX, i;
	struct virtq_slot *slot = virtq_slot_free(&d->queue);

	if (!slot) {
		MUST(virtq_outstanding(&d->queue) == d->queue.slots);
		return;
	}
	for (i = 0; d->outstanding[i]; i++)
		MUST(i + 1 < REQUESTS);
	if (d->config.segments && shape & 3) {
		bytes = 512u * (shape & 3);
		piece = (shape & 3) <= d->config.segments && shape & 4 ? 512 : UINT32_MAX;
	}
	blk_request_begin(slot, shape & 8 ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT, i);
	virtq_add(&d->queue, slot, &d->outstanding[i], IOVA + i * 4096, bytes, piece, shape & 8);
	d->outstanding[i] = true;
	d->count++;
}

static void reap(struct driver *d, struct input *in)
{
	void *ctx[REQUESTS], **end, **p;
	unsigned int max = take(in, 1) % REQUESTS + 1;

	end = ctx;
	do {
		end = virtq_take(&d->queue, end, ctx + max, on_error, d);
		MUST(end >= ctx && end <= ctx + max);
	} while (d->queue.fault && virtq_accept_length(&d->queue));
	for (p = ctx; p < end; p++) {
		bool *request = *p;

		MUST(request >= d->outstanding && request < d->outstanding + REQUESTS);
		MUST(*request);
		*request = false;
		d->count--;
	}
	MUST(virtq_outstanding(&d->queue) == d->count);
}

/* A correct device, as far as the ring is still intact. */
static void use_split(struct driver *d, uint32_t len)
{
	struct vring_avail *avail = (struct vring_avail *)(d->memory + d->layout.driver);
	struct vring_used *used = (struct vring_used *)(d->memory + d->layout.device);
	uint16_t mask = (uint16_t)(d->config.size - 1);

	if (d->device_next == avail->idx)
		return;
	used->ring[d->device_used & mask].id = avail->ring[d->device_next++ & mask];
	used->ring[d->device_used++ & mask].len = len;
	used->idx = d->device_used;
}

static void use_packed(struct driver *d, uint32_t len)
{
	struct vring_packed_desc *ring = (struct vring_packed_desc *)(d->memory + d->layout.desc);
	struct vring_packed_desc *desc = &ring[d->device_next], *last = desc;
	uint16_t at = d->device_next;
	bool wrap = d->device_wrap;

	if (!!(desc->flags & 0x80) != wrap || !!(desc->flags & 0x8000) == wrap)
		return;
	do {
		last = &ring[at];
		if (++at == d->config.size) {
			at = 0;
			wrap = !wrap;
		}
	} while (last->flags & VRING_DESC_F_NEXT && at != d->device_next);
	desc->id = last->id;
	desc->len = len;
	desc->flags = d->device_wrap ? 0x8080 : 0;
	d->device_next = at;
	d->device_wrap = wrap;
}

static void scribble(struct driver *d, struct input *in)
{
	size_t at = take(in, 2) % d->layout.bytes;

	d->memory[at] = (unsigned char)take(in, 1);
}

/* Write to the descriptor ring (packed) or used ring (split), where the driver reads most. */
static void scribble_ring(struct driver *d, struct input *in)
{
	size_t start = d->config.packed ? d->layout.desc : d->layout.device;
	size_t bytes = d->config.packed ? d->config.size * 16u : d->config.size * 8u + 6;

	d->memory[start + take(in, 2) % bytes] = (unsigned char)take(in, 1);
}

static void run(struct driver *d, struct input *in)
{
	char text[160];

	while (in->bytes && !d->queue.fault) {
		uint32_t op = take(in, 1);

		switch (op % 10) {
		case 0:
		case 1:
			add(d, in);
			break;
		case 2:
			virtq_publish(&d->queue);
			break;
		case 3:
			reap(d, in);
			break;
		case 4:
		case 5:
			if (d->config.packed)
				use_packed(d, op & 0x10 ? take(in, 4) : 1);
			else
				use_split(d, op & 0x10 ? take(in, 4) : 1);
			break;
		case 6:
			if (virtq_outstanding(&d->queue))
				virtq_arm(
					&d->queue,
					(uint16_t)(take(in, 1) % virtq_outstanding(&d->queue) + 1));
			break;
		case 7:
			virtq_disarm(&d->queue);
			break;
		case 8:
			scribble(d, in);
			break;
		default:
			scribble_ring(d, in);
			break;
		}
	}
	MUST(virtq_fault_describe(&d->queue, text, sizeof(text)) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct input in = { data, bytes };
	struct driver d;

	if (set_up(&d, &in))
		run(&d, &in);
	free(d.memory);
	free(d.state);
	return 0;
}
