// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver and device in two threads on one ring, both sleeping whenever they are idle: no wake-up
 * may be lost, and no request may complete twice or with another request's data. Also built with
 * ThreadSanitizer, which runs fewer requests.
 *
 * usage: stress-virtq split|packed [event_idx] [indirect] [in_order] [spin] REQUESTS
 *
 * A lost wake-up is detected by a long time limit on every sleep, so that a slow machine does not
 * fail the test.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "t/ring-model/ring.h"
#include "vhost/blk/blk_request.h"
#include "virtq/virtq_ops.h"

#define RING	 64
#define DATA	 8u
#define IOVA	 (1ull << 32)
#define STUCK_MS 60000

struct stress_request {
	uint64_t number;
	uint64_t data;
	bool outstanding;
};

static struct virtq_config config = {
	.size = RING,
	.segments = 1,
	.header_bytes = BLK_HEADER_BYTES,
	.footer_bytes = BLK_STATUS_BYTES,
};
static struct virtq_layout layout;
static struct virtq queue;
static unsigned char *memory;
static struct stress_request *requests;
static unsigned long total, sleeps[2], kicks, calls;
static int kick_fd, call_fd;
static bool spin;

static void die(const char *what)
{
	fprintf(stderr, "stress-virtq: %s\n", what);
	_exit(1);
}

static void wake(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		die("eventfd");
}

static void wait_for(int fd, const char *who)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&pfd, 1, STUCK_MS) != 1)
		die(who);
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		die("eventfd");
}

/* The data follows the ring in one contiguous range of device addresses. */
static void *translate(void *ctx, uint64_t iova, uint32_t len)
{
	size_t all = layout.bytes + RING * sizeof(struct stress_request);

	(void)ctx;
	if (iova < IOVA || iova - IOVA > all || len > all - (iova - IOVA))
		return NULL;
	return memory + (iova - IOVA);
}

static void answer(struct devring *ring, const struct devring_chain *chain)
{
	const struct virtio_blk_outhdr *header = chain->segs[0].ptr;
	uint64_t number = le64toh(header->sector);
	unsigned char *status = chain->segs[chain->nsegs - 1].ptr;

	if (chain->nsegs != 3)
		die("a chain has a wrong number of segments");
	memcpy(chain->segs[1].ptr, &number, sizeof(number));
	*status = VIRTIO_BLK_S_OK;
	devring_push(ring, chain->id, DATA + 1, chain->ndesc);
}

static void *device_main(void *arg)
{
	struct devring *ring = arg;
	static struct devring_chain chain;
	unsigned long done = 0;

	while (done < total) {
		unsigned int batch = 0;
		int ret;

		while (batch < 1 + done % 7 && (ret = devring_pop(ring, &chain)) != 0) {
			if (ret < 0)
				die(ring->complaint);
			answer(ring, &chain);
			batch++;
		}
		done += batch;
		if (devring_flush(ring) && devring_must_signal(ring)) {
			calls++;
			wake(call_fd);
		}
		if (batch || spin)
			continue;
		if (devring_want_kicks(ring, true))
			continue;
		sleeps[1]++;
		wait_for(kick_fd, "the device was not notified");
		devring_want_kicks(ring, false);
	}
	return NULL;
}

static void on_error(void *arg, void *ctx, unsigned char status)
{
	(void)arg;
	(void)ctx;
	(void)status;
	die("a request completed without status OK");
}

static unsigned long reap(void)
{
	void *ctx[RING], **end, **p;

	end = virtq_take(&queue, ctx, ctx + RING, on_error, NULL);
	if (queue.fault)
		die("the driver reports a fault of a correct device");
	for (p = ctx; p < end; p++) {
		struct stress_request *request = *p;

		if (!request->outstanding)
			die("a request completed twice");
		if (request->data != request->number)
			die("a request completed with another request's data");
		request->outstanding = false;
	}
	return (unsigned long)(end - ctx);
}

static void submit(unsigned long number)
{
	struct virtq_slot *slot = virtq_slot_free(&queue);
	struct stress_request *request = &requests[slot->id];

	if (request->outstanding)
		die("a slot in use was returned as free");
	request->number = number;
	request->data = ~0ull;
	request->outstanding = true;
	blk_request_begin(slot, VIRTIO_BLK_T_IN, number);
	virtq_add(&queue, slot, request,
		  IOVA + (uint64_t)((unsigned char *)&request->data - memory), DATA, UINT32_MAX,
		  true);
}

static void driver_main(void)
{
	unsigned long added = 0, done = 0;

	while (done < total) {
		unsigned int batch, got;

		for (batch = 0; added < total && batch < 1 + added % 5 && virtq_slot_free(&queue);
		     batch++)
			submit(added++);
		if (batch && virtq_publish(&queue)) {
			kicks++;
			wake(kick_fd);
		}
		got = (unsigned int)reap();
		done += got;
		if (got || spin || done == total || (added < total && virtq_slot_free(&queue)))
			continue;
		/* Arm for one request or for several. */
		if (virtq_arm(&queue, (uint16_t)(1 + done % virtq_outstanding(&queue)))) {
			virtq_disarm(&queue);
			continue;
		}
		sleeps[0]++;
		wait_for(call_fd, "the driver was not notified");
		virtq_disarm(&queue);
	}
}

int main(int argc, char **argv)
{
	struct devring_config device = { .size = RING, .translate = translate };
	static struct devring ring;
	pthread_t thread;
	size_t bytes;
	void *state;
	int i;

	for (i = 1; i < argc - 1; i++) {
		config.packed |= !strcmp(argv[i], "packed");
		config.event_idx |= !strcmp(argv[i], "event_idx");
		config.indirect |= !strcmp(argv[i], "indirect");
		config.in_order |= !strcmp(argv[i], "in_order");
		spin |= !strcmp(argv[i], "spin");
	}
	total = argc > 1 ? strtoul(argv[argc - 1], NULL, 10) : 0;
	if (!total || virtq_layout(&config, &layout)) {
		fprintf(stderr,
			"usage: stress-virtq split|packed [event_idx] [indirect] [in_order] [spin] REQUESTS\n");
		return 2;
	}
	bytes = layout.bytes + RING * sizeof(struct stress_request);
	memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	state = aligned_alloc(64, (virtq_state_bytes(&config, &layout) + 63) / 64 * 64);
	kick_fd = eventfd(0, 0);
	call_fd = eventfd(0, 0);
	if (!memory || !state || kick_fd < 0 || call_fd < 0)
		return 1;
	memset(memory, 0, bytes);
	memset(state, 0, virtq_state_bytes(&config, &layout));
	requests = (struct stress_request *)(memory + layout.bytes);
	virtq_init(&queue, &config, &layout, memory, state);
	virtq_format(&queue, &layout, IOVA);

	device.layout = config.packed ? DEVRING_PACKED : DEVRING_SPLIT;
	device.desc = memory + layout.desc;
	device.driver_area = memory + layout.driver;
	device.device_area = memory + layout.device;
	device.event_idx = config.event_idx;
	device.indirect = config.indirect;
	device.in_order = config.in_order;
	if (devring_init(&ring, &device))
		die(ring.complaint);
	devring_want_kicks(&ring, false);
	if (pthread_create(&thread, NULL, device_main, &ring))
		return 1;
	driver_main();
	pthread_join(thread, NULL);
	devring_fini(&ring);
	if (virtq_outstanding(&queue))
		die("requests are still outstanding at the end");
	printf("%lu requests, %lu kicks, %lu calls, driver slept %lu times, device %lu times\n",
	       total, kicks, calls, sleeps[0], sleeps[1]);
	return 0;
}
