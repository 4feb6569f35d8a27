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

/* Room for one request, and as small as a ring may be that devices are used to. */
#define RING_SIZE 16u

/* Longest sleep between two looks at the ring. */
#define LOOK_MS 100

static int start_queue(struct blk_session *session, size_t data_bytes)
{
	struct blk_dev *dev = session->dev;
	struct virtq_config config = blk_dev_ring_config(dev);
	struct transport_queue *queue = &session->queue;
	struct virtq_layout layout;
	uint32_t most;
	size_t rings;
	int ret = blk_dev_queue_size_max(dev, 0, &most);

	config.size = RING_SIZE;
	config.slots = config.segments = 1;
	if (ret)
		return ret;
	if (most && most < config.size)
		config.size = most;
	if (virtq_layout(&config, &layout))
		return error_set(&dev->error, -EINVAL, "its largest ring does not hold a request");
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
		return error_set(&dev->error, -errno, "no file descriptors for a queue");

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
 * blk_session_start - share a little memory with a device and start one queue
 * @session: filled in
 * @dev: device, opened
 * @data_bytes: largest data of a request
 * @timeout_ms: longest wait for a request, in milliseconds
 *
 * Returns 0, or a negative errno with a sentence in @dev->error; then there is no connection.
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

/* Sleeps until the device signals, something becomes of it, or time is up; 0 = look again. */
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
	/* A device may forget to signal: look again by ourselves now and then. */
	if (poll(set, 1 + TRANSPORT_EVENTS, left > LOOK_MS ? LOOK_MS : (int)left) <= 0)
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
 * blk_session_request - have one request done
 * @session: session
 * @type: VIRTIO_BLK_T_, or enum blk_zone_type
 * @sector: where, or 0
 * @bytes: length of its data, in @session->data
 * @device_writes: the data is the device's to write
 * @status: set to the status byte, BLK_STATUS_NONE if the device wrote none
 *
 * Returns 0 when the device has used the request, whatever its status; or a negative errno with a
 * sentence in @session->dev->error: -EINVAL more data than there is room for; -ETIMEDOUT, after
 * which the session can only be ended; -ENODEV the device is gone or lost; -EPROTO it wrote to
 * the queue what no device may.
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
				 "a request of this size cannot be sent");
	*status = VIRTIO_BLK_S_OK;
	blk_request_begin(slot, type, sector);
	virtq_add(vq, slot, session, transport_iova(&session->dev->transport, session->data), bytes,
		  UINT32_MAX, device_writes);
	if (virtq_publish(vq) && !transport_kick(&session->queue.kick, virtq_next(vq)))
		return error_set(&session->dev->error, -errno, "cannot notify the device");
	for (;;) {
		int ret;

		if (virtq_take(vq, &ctx, &ctx + 1, note_status, status) != &ctx)
			return 0;
		if (vq->fault) {
			char text[160];

			virtq_fault_describe(vq, text, sizeof(text));
			return error_set(&session->dev->error, -EPROTO, "device error: %s", text);
		}
		/* Asked for a signal first, then looked at once more: none is lost. */
		if (virtq_arm(vq, 1))
			continue;
		ret = sleep_until(session, deadline);
		virtq_disarm(vq);
		if (ret)
			return ret;
	}
}

/**
 * blk_session_stop - end the queue and the connection, in order
 * @session: session
 *
 * Returns 0, or a negative errno with a sentence in @session->dev->error; everything is given back
 * in any case.
 */
int blk_session_stop(struct blk_session *session)
{
	int ret = 0;

	/* What the device has not given back it may still write to: no orderly end then. */
	if (virtq_outstanding(&session->vq))
		blk_dev_close(session->dev);
	else
		ret = blk_dev_stop(session->dev);
	release(session);
	return ret;
}
