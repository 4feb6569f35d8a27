// SPDX-License-Identifier: GPL-2.0-only
/* Starting and stopping a device's queues. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vhost/blk_config.h"
#include "vhost/blk_dev.h"

static int start_queues(struct blk_dev *dev, const struct blk_dev_queue *queues, uint32_t count)
{
	bool enable = blk_dev_has(dev, VHOST_USER_F_PROTOCOL_FEATURES);
	uint32_t i;
	int ret;

	for (i = 0; i < count; i++) {
		const struct blk_dev_queue *q = &queues[i];

		ret = vhost_user_set_vring(&dev->vu, i, q->size, q->base, &q->addr, q->kick_fd,
					   q->call_fd);
		if (ret) {
			blk_dev_fail_vu(dev, ret);
			snprintf(dev->error, sizeof(dev->error), "queue %u, a ring of %u: %s", i,
				 q->size, dev->vu.error);
			return ret;
		}
		dev->queues_set = i + 1;
	}
	for (i = 0; enable && i < count; i++) {
		ret = vhost_user_set_vring_enable(&dev->vu, i, true);
		if (ret)
			return blk_dev_fail_vu(dev, ret);
	}
	return 0;
}

/* The region is made on the first connection, and handed over on every one (VU-11). */
static int share_inflight(struct blk_dev *dev, const struct blk_dev_queue *queues, uint32_t count)
{
	struct vhost_user_inflight *inflight = &dev->inflight;
	uint32_t i;
	int ret;

	if (!vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD))
		return 0;
	if (inflight->fd < 0) {
		inflight->queues = (uint16_t)count;
		for (i = 0; i < count; i++)
			if (queues[i].size > inflight->queue_size)
				inflight->queue_size = (uint16_t)queues[i].size;
		ret = vhost_user_get_inflight(&dev->vu, inflight);
		if (ret)
			return blk_dev_fail_vu(dev, ret);
	}
	ret = vhost_user_set_inflight(&dev->vu, inflight);
	return ret ? blk_dev_fail_vu(dev, ret) : 0;
}

/**
 * blk_dev_start - share memory with a device and start its queues
 * @dev: device, opened
 * @arena: memory
 * @queues: queues within @arena
 * @count: how many
 *
 * The queues are empty, unless @dev->inflight is that of an earlier connection: the device then
 * goes on with what it had taken. VIRTIO 1.3, 3.1.1, steps 7 and 8. Returns 0, or a negative errno
 * with a sentence in @dev->error; then there is no connection.
 */
int blk_dev_start(struct blk_dev *dev, const struct arena *arena,
		  const struct blk_dev_queue *queues, uint32_t count)
{
	struct vhost_user_region region = {
		.iova = arena_iova(arena, arena->base),
		.bytes = arena->bytes,
		.user_addr = (uintptr_t)arena->base,
		.fd = arena->fd,
	};
	uint32_t i;
	int ret = vhost_user_share_memory(&dev->vu, &region);

	if (ret)
		blk_dev_fail_vu(dev, ret);
	if (!ret)
		ret = share_inflight(dev, queues, count);
	if (!ret)
		ret = start_queues(dev, queues, count);
	if (!ret) {
		ret = vhost_user_sync(&dev->vu);
		if (ret)
			blk_dev_fail_vu(dev, ret);
	}
	if (!ret)
		ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_DRIVER_OK);
	if (ret == -ETIMEDOUT && arena->page_bytes < ARENA_UNIT)
		strncat(dev->error, "; some back-ends need huge pages, try vblk_hugepages=2M",
			sizeof(dev->error) - strlen(dev->error) - 1);
	if (ret) {
		blk_dev_close(dev);
		return ret;
	}
	/* A back-end may have looked at a ring before it was enabled: tell each once (VU-13). */
	for (i = 0; i < count; i++) {
		uint64_t one = 1;

		if (write(queues[i].kick_fd, &one, sizeof(one)) == sizeof(one))
			continue;
		ret = blk_dev_fail(dev, -errno, "cannot notify the device");
		blk_dev_close(dev);
		return ret;
	}
	return 0;
}

/**
 * blk_dev_disable_queue - have the device leave a queue alone while the others go on
 * @dev: device
 * @index: queue
 *
 * Returns 0, or a negative errno with a sentence in @dev->error.
 */
int blk_dev_disable_queue(struct blk_dev *dev, uint32_t index)
{
	int ret;

	if (!blk_dev_has(dev, VHOST_USER_F_PROTOCOL_FEATURES))
		return blk_dev_fail(dev, -ENOTSUP, "back-end cannot disable a single queue");
	ret = vhost_user_set_vring_enable(&dev->vu, index, false);
	return ret ? blk_dev_fail_vu(dev, ret) : 0;
}

/**
 * blk_dev_forget_inflight - give the region up that the back-end noted its requests in
 * @dev: device
 */
void blk_dev_forget_inflight(struct blk_dev *dev)
{
	if (dev->inflight.fd >= 0)
		close(dev->inflight.fd);
	dev->inflight.fd = -1;
}

/**
 * blk_dev_stop - end all queues and the connection, in order
 * @dev: device; requests may not be outstanding
 *
 * Every ring is stopped before the memory goes away (VU-8). Returns 0, or a negative errno with a
 * sentence in
 * @dev->error; there is no connection afterwards in any case.
 */
int blk_dev_stop(struct blk_dev *dev)
{
	int ret = 0;
	uint32_t i, base;

	for (i = 0; i < dev->queues_set && !ret; i++) {
		ret = vhost_user_get_vring_base(&dev->vu, i, &base);
		if (ret)
			blk_dev_fail_vu(dev, ret);
	}
	dev->queues_set = 0;
	if (!ret)
		ret = blk_dev_reset(dev);
	vhost_user_close(&dev->vu);
	return ret;
}
