// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cost of a request in the driver's ring code, in instructions: submission (header, data,
 * status, ring), publish, notification check, and completion (status check, context). A simulated
 * device runs in the same thread. t/bench/ring-cost.sh runs this program under callgrind, which
 * counts only within the driver_ functions.
 *
 * usage: ring-cost split|packed direct|indirect BATCH REQUESTS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/blk/blk_request.h"
#include "virtq/virtq_ops.h"

#define RING  256
#define IOVA  (1ull << 32)
#define BLOCK 4096u

/* A variable, so that the compiler cannot optimise the driver's functions for these values. */
static struct virtq_config config = {
	.size = RING,
	.segments = 1,
	.header_bytes = BLK_HEADER_BYTES,
	.footer_bytes = BLK_STATUS_BYTES,
	.event_idx = true,
};
static struct virtq_layout layout;
static unsigned char *memory;
static struct virtq queue;
static void *done[RING];
static unsigned long kicks, errors;

static void on_error(void *arg, void *one, unsigned char status)
{
	(void)arg;
	(void)one;
	errors += status != VIRTIO_BLK_S_OK;
}

/* The driver's side, called as fio calls an engine: per request and per batch. */
#define DRIVER(name, add, publish, ...)                                                           \
	__attribute__((noinline)) static void driver_queue_##name(struct virtq *vq, void *ctx,    \
								  uint64_t iova, uint64_t sector) \
	{                                                                                         \
		struct virtq_slot *slot = virtq_slot_free(vq);                                    \
                                                                                                  \
		if (__builtin_expect(!slot, 0))                                                   \
			return;                                                                   \
		blk_request_begin(slot, VIRTIO_BLK_T_IN, sector);                                 \
		add(vq, slot, ctx, iova, BLOCK, UINT32_MAX, true);                                \
	}                                                                                         \
                                                                                                  \
	__attribute__((noinline)) static bool driver_commit_##name(struct virtq *vq)              \
	{                                                                                         \
		return publish(vq);                                                               \
	}                                                                                         \
                                                                                                  \
	__attribute__((noinline)) static void **driver_complete_##name(struct virtq *vq,          \
								       void **ctx, void **end)    \
	{                                                                                         \
		return __VA_ARGS__;                                                               \
	}

DRIVER(split, virtq_split_add, virtq_split_publish, virtq_split_take(vq, ctx, end, on_error, NULL))
DRIVER(packed_indirect, virtq_packed_add_indirect, virtq_packed_publish,
       virtq_packed_take(vq, ctx, end, on_error, NULL, true))
DRIVER(packed_direct, virtq_packed_add_direct, virtq_packed_publish,
       virtq_packed_take(vq, ctx, end, on_error, NULL, false))

static const struct {
	void (*queue)(struct virtq *vq, void *ctx, uint64_t iova, uint64_t sector);
	bool (*commit)(struct virtq *vq);
	void **(*complete)(struct virtq *vq, void **ctx, void **end);
} drivers[] = {
	[VIRTQ_SPLIT] = { driver_queue_split, driver_commit_split, driver_complete_split },
	[VIRTQ_PACKED_INDIRECT] = { driver_queue_packed_indirect, driver_commit_packed_indirect,
				    driver_complete_packed_indirect },
	[VIRTQ_PACKED_DIRECT] = { driver_queue_packed_direct, driver_commit_packed_direct,
				  driver_complete_packed_direct },
};

/*
 * The simulated device: it uses all requests in order and does not touch data. It knows the layout
 * of the slots.
 */
static uint16_t device_next, device_wrap = 1;

static void device_status(unsigned int id)
{
	memory[layout.slot + id * layout.slot_stride + layout.footer] = VIRTIO_BLK_S_OK;
}

static void device_split(unsigned int batch)
{
	struct vring_avail *avail = (struct vring_avail *)(memory + layout.driver);
	struct vring_used *used = (struct vring_used *)(memory + layout.device);
	unsigned int i;

	for (i = 0; i < batch; i++, device_next++) {
		unsigned int id = avail->ring[device_next % RING];

		device_status(id);
		used->ring[device_next % RING].id = id;
		used->ring[device_next % RING].len = BLOCK + 1;
	}
	__atomic_store_n(&used->idx, device_next, __ATOMIC_RELEASE);
}

static void device_packed(unsigned int batch)
{
	struct vring_packed_desc *ring = (struct vring_packed_desc *)(memory + layout.desc);
	unsigned int i, length = config.indirect ? 1 : 3;

	for (i = 0; i < batch; i++) {
		struct vring_packed_desc *first = &ring[device_next];
		unsigned int id = first->id;

		device_status(id);
		first->len = BLOCK + 1;
		first->id = (uint16_t)id;
		__atomic_store_n(&first->flags, device_wrap ? 0x8080 : 0, __ATOMIC_RELEASE);
		device_next = (uint16_t)(device_next + length);
		if (device_next >= RING) {
			device_next -= RING;
			device_wrap ^= 1;
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long batch, requests, n;
	static char context[RING];
	void *state;

	if (argc != 5) {
		fprintf(stderr, "usage: ring-cost split|packed direct|indirect BATCH REQUESTS\n");
		return 2;
	}
	config.packed = !strcmp(argv[1], "packed");
	config.indirect = !strcmp(argv[2], "indirect");
	batch = strtoul(argv[3], NULL, 10);
	requests = strtoul(argv[4], NULL, 10);
	if (!batch || batch > RING / 3 || virtq_layout(&config, &layout))
		return 2;
	memory = aligned_alloc(4096, (layout.bytes + 4095) / 4096 * 4096);
	state = calloc(1, virtq_state_bytes(&config, &layout));
	if (!memory || !state)
		return 1;
	memset(memory, 0, layout.bytes);
	virtq_init(&queue, &config, &layout, memory, state);
	virtq_format(&queue, &layout, IOVA);

	for (n = 0; n < requests; n += batch) {
		unsigned int i;

		for (i = 0; i < batch; i++)
			drivers[queue.mode].queue(&queue, &context[i], IOVA + i * BLOCK, n + i);
		kicks += drivers[queue.mode].commit(&queue);
		if (config.packed)
			device_packed((unsigned int)batch);
		else
			device_split((unsigned int)batch);
		if (drivers[queue.mode].complete(&queue, done, done + batch) != done + batch ||
		    queue.fault) {
			fprintf(stderr, "ring-cost: some requests did not complete\n");
			return 1;
		}
	}
	return errors ? 1 : 0;
}
