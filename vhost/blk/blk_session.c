// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vhost/blk/blk_internal.h"
#include "vhost/blk/blk_session.h"
#include "vhost/blk/blk_start.h"
#include "vhost/transport/clock.h"
#include "virtq/virtq_ops.h"

/*
 * Number of ring entries. One request needs fewer, but some devices may fail with such small rings,
 * which are uncommon.
 */
#define RING_SIZE 16u

/* Longest sleep between two checks of the ring. */
#define CHECK_INTERVAL_MS 100

static int start_queue(struct blk_session *session, size_t data_bytes)
{
	struct blk_dev *dev = session->dev;
	struct virtq_config config = blk_dev_ring_config(dev);
	struct transport_queue *queue = &session->queue;
	struct virtq_layout layout;
	uint32_t size_max;
	size_t rings;
	int ret = blk_dev_queue_size_max(dev, 0, &size_max);

	config.size = RING_SIZE;
	config.slots = config.segments = 1;
	if (ret)
		return ret;
	if (size_max && size_max < config.size)
		config.size = size_max;
	if (virtq_layout(&config, &layout))
		return error_set(
			&dev->error, -EINVAL,
			"the largest ring of the device has %u entries and cannot hold a request",
			config.size);
	rings = (layout.bytes + 4095) & ~(size_t)4095;
	session->state = aligned_alloc(
		VIRTQ_CACHE_LINE, (virtq_state_bytes(&config, &layout) + VIRTQ_CACHE_LINE - 1) /
					  VIRTQ_CACHE_LINE * VIRTQ_CACHE_LINE);
	if (!session->state)
		return error_set(&dev->error, -ENOMEM, "out of memory");
	if (arena_create(&session->arena, rings + data_bytes, ARENA_PAGES_AUTO))
		return error_set(&dev->error, -ENOMEM, "%s", session->arena.error.text);
	session->data = session->arena.base + rings;
	session->data_bytes = data_bytes;
	queue->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	queue->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->kick_fd < 0 || queue->call_fd < 0)
		return error_set(&dev->error, -errno, "cannot create the eventfds of a queue: %s",
				 strerror(errno));

	memset(session->state, 0, virtq_state_bytes(&config, &layout));
	virtq_init(&session->vq, &config, &layout, session->arena.base, session->state);
	queue->size = config.size;
	queue->base = virtq_base(&session->vq);
	queue->addr.desc = session->arena.base + layout.desc;
	queue->addr.driver = session->arena.base + layout.driver;
	queue->addr.device = session->arena.base + layout.device;
	ret = blk_dev_start(dev, &session->arena, queue, 1);
	if (!ret)
		virtq_format(&session->vq, &layout, dev->iova);
	return ret;
}

static void release(struct blk_session *session)
{
	if (session->queue.kick_fd >= 0)
		close(session->queue.kick_fd);
	if (session->queue.call_fd >= 0)
		close(session->queue.call_fd);
	if (session->arena.base)
		arena_destroy(&session->arena);
	free(session->state);
}

/**
 * blk_session_start - share memory with a device and start one queue
 * @session: filled in
 * @dev: device, opened
 * @data_bytes: maximum data length of a request
 * @timeout_ms: longest wait for a request, in milliseconds
 *
 * Returns 0, or a negative errno with a message in @dev->error. On failure @dev is closed.
 */
int blk_session_start(struct blk_session *session, struct blk_dev *dev, size_t data_bytes,
		      unsigned int timeout_ms)
{
	int ret;

	memset(session, 0, sizeof(*session));
	session->dev = dev;
	session->queue.kick_fd = session->queue.call_fd = -1;
	session->timeout_ms = timeout_ms;
	ret = start_queue(session, data_bytes);
	if (ret) {
		blk_dev_close(dev);
		release(session);
	}
	return ret;
}

static void note_status(void *arg, void *ctx, unsigned char status)
{
	(void)ctx;
	*(uint8_t *)arg = status;
}

/*
 * Sleep until the device sends a used buffer notification, the transport has an event, or
 * CHECK_INTERVAL_MS have passed. Return 0 if the caller should check the ring again, or a negative
 * errno with a message in @session->dev->error.
 */
static int sleep_until(struct blk_session *session, int64_t deadline)
{
	struct transport *t = &session->dev->transport;
	struct pollfd set[1 + TRANSPORT_EVENTS];
	int64_t left = deadline - clock_now_ms();
	bool event = false;
	uint64_t count;
	size_t i;

	if (left <= 0)
		return error_set(&session->dev->error, -ETIMEDOUT,
				 "device did not complete a request within %u ms",
				 session->timeout_ms);
	set[0] = (struct pollfd){ .fd = session->queue.call_fd, .events = POLLIN };
	for (i = 0; i < TRANSPORT_EVENTS; i++)
		set[1 + i] = (struct pollfd){ .fd = t->event_fd[i], .events = POLLIN };
	/* A device may fail to send a notification, so the caller checks the ring regularly. */
	if (poll(set, 1 + TRANSPORT_EVENTS,
		 left > CHECK_INTERVAL_MS ? CHECK_INTERVAL_MS : (int)left) <= 0)
		return 0;
	for (i = 0; i < TRANSPORT_EVENTS; i++)
		event |= set[1 + i].revents;
	if (event && t->ops->poll_events(t) != TRANSPORT_EVENT_NONE)
		return blk_dev_fail_transport(session->dev, -ENODEV);
	if (set[0].revents && read(session->queue.call_fd, &count, sizeof(count)) < 0)
		return 0;
	return 0;
}

/**
 * blk_session_request - send one request and wait until it completes
 * @session: session
 * @type: request type, VIRTIO_BLK_T_* or enum blk_zone_type
 * @sector: first sector, or 0 for requests without a position
 * @bytes: length of the data, which is in @session->data
 * @device_writes: the data is device-writable
 * @status: set to the status byte, or to BLK_STATUS_NONE if the device wrote none
 *
 * Returns 0 if the device has used the request, with any status. Otherwise returns a negative errno
 * with a message in @session->dev->error: -EINVAL if the data is too long; -ETIMEDOUT if the device
 * did not use the request in time, and the session must be stopped; -ENODEV if the connection is
 * gone or the device is lost; -EPROTO if the device wrote an invalid value into the queue.
 */
int blk_session_request(struct blk_session *session, uint32_t type, uint64_t sector, uint32_t bytes,
			bool device_writes, uint8_t *status)
{
	int64_t deadline = clock_now_ms() + session->timeout_ms;
	struct virtq *vq = &session->vq;
	struct virtq_slot *slot = virtq_slot_free(vq);
	void *ctx;

	if (bytes > session->data_bytes || bytes > session->dev->size_max || !slot)
		return error_set(&session->dev->error, -EINVAL,
				 "cannot send a request with %u bytes of data", bytes);
	*status = VIRTIO_BLK_S_OK;
	blk_request_begin(slot, type, sector);
	virtq_add(vq, slot, session, transport_iova(&session->dev->transport, session->data), bytes,
		  UINT32_MAX, device_writes);
	if (virtq_publish(vq) && !transport_kick(&session->queue.kick, virtq_next(vq)))
		return error_set(&session->dev->error, -errno, "cannot notify the device: %s",
				 strerror(errno));
	for (;;) {
		int ret;

		if (virtq_take(vq, &ctx, &ctx + 1, note_status, status) != &ctx)
			return 0;
		if (vq->fault) {
			char text[160];

			virtq_fault_describe(vq, text, sizeof(text));
			return error_set(&session->dev->error, -EPROTO, "device error: %s", text);
		}
		/* virtq_arm() returns true if a request is used already. */
		if (virtq_arm(vq, 1))
			continue;
		ret = sleep_until(session, deadline);
		virtq_disarm(vq);
		if (ret)
			return ret;
	}
}

/**
 * blk_session_stop - stop the queue, and close the connection to the device
 * @session: session
 *
 * Returns 0, or a negative errno with a message in @session->dev->error. The resources of the
 * session are freed in any case.
 */
int blk_session_stop(struct blk_session *session)
{
	int ret = 0;

	/* blk_dev_stop() is not allowed: the device may still write to an outstanding request. */
	if (virtq_outstanding(&session->vq))
		blk_dev_close(session->dev);
	else
		ret = blk_dev_stop(session->dev);
	release(session);
	return ret;
}
