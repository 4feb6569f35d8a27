// SPDX-License-Identifier: GPL-2.0-only
/* Start and stop of the queues of a device. */
#include <errno.h>
#include <string.h>

#include "vhost/blk/blk_internal.h"
#include "vhost/blk/blk_start.h"

/**
 * blk_dev_queue_size_max - get the maximum number of ring entries of a queue
 * @dev: device, opened
 * @index: number of the queue
 * @size: set to the maximum number of entries, 0 = not reported
 *
 * Returns 0, or a negative errno with a message in @dev->error.
 */
int blk_dev_queue_size_max(struct blk_dev *dev, uint32_t index, uint32_t *size)
{
	int ret = dev->transport.ops->queue_size_max(&dev->transport, index, size);

	return ret ? blk_dev_fail_transport(dev, ret) : 0;
}

/* Kick each queue once: the device may have checked a ring before the ring was enabled (VU-13). */
static int notify_once(struct blk_dev *dev, const struct transport_queue *queues, uint32_t count)
{
	uint32_t i;

	/* While a ring is empty, the driver's position in the ring is the base of the queue. */
	for (i = 0; i < count; i++)
		if (!transport_kick(&queues[i].kick, (uint16_t)queues[i].base))
			return error_set(&dev->error, -errno, "cannot notify the device: %s",
					 strerror(errno));
	return 0;
}

/**
 * blk_dev_start - share memory with a device and start its queues
 * @dev: device, opened
 * @arena: memory to share; sets @dev->iova to its I/O virtual address
 * @queues: queues in @arena
 * @count: number of entries in @queues
 *
 * The queues must be empty, unless the device has the inflight region of an earlier connection. In
 * this case the device continues with the requests that were outstanding. VIRTIO 1.3, 3.1.1, steps
 * 7 and 8. Returns 0, or a negative errno with a message in @dev->error. On failure @dev is closed.
 * -E2BIG means that the device rejected a ring, and may accept a smaller ring after @dev was opened
 * again.
 */
int blk_dev_start(struct blk_dev *dev, const struct arena *arena, struct transport_queue *queues,
		  uint32_t count)
{
	struct transport *t = &dev->transport;
	int ret = t->ops->map(t, arena);

	if (!ret)
		ret = t->ops->start(t, queues, count);
	if (ret)
		blk_dev_fail_transport(dev, ret);
	dev->iova = t->iova;
	if (!ret)
		ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_DRIVER_OK);
	if (ret == -ETIMEDOUT && arena->page_bytes < ARENA_UNIT)
		error_set(&dev->error, ret,
			  "%s; some back-ends need huge pages, try vblk_hugepages=2M",
			  dev->error.text);
	if (!ret)
		ret = notify_once(dev, queues, count);
	if (ret)
		blk_dev_close(dev);
	return ret;
}

/**
 * blk_dev_disable_queue - disable one queue while the others continue
 * @dev: device, started
 * @index: number of the queue
 *
 * Returns 0; -ENOTSUP if the transport cannot disable a single queue; or another negative errno. On
 * failure there is a message in @dev->error.
 */
int blk_dev_disable_queue(struct blk_dev *dev, uint32_t index)
{
	struct transport *t = &dev->transport;
	int ret;

	if (!t->ops->disable)
		return error_set(&dev->error, -ENOTSUP, "device cannot stop a single queue");
	ret = t->ops->disable(t, index);
	return ret ? blk_dev_fail_transport(dev, ret) : 0;
}

/**
 * blk_dev_forget_inflight - give up the inflight region of the back-end
 * @dev: device, open or closed
 */
void blk_dev_forget_inflight(struct blk_dev *dev)
{
	transport_forget(&dev->transport);
}

/**
 * blk_dev_stop - stop all queues, reset the device and close the connection
 * @dev: device, started, without outstanding requests
 *
 * Stops every ring before the memory is unmapped (VU-8). Returns 0, or a negative errno with a
 * message in @dev->error. @dev is closed in any case.
 */
int blk_dev_stop(struct blk_dev *dev)
{
	struct transport *t = &dev->transport;
	int ret = t->ops->stop ? t->ops->stop(t) : 0;

	if (ret)
		blk_dev_fail_transport(dev, ret);
	if (!ret)
		ret = blk_dev_reset(dev);
	if (!ret && t->ops->unmap) {
		ret = t->ops->unmap(t);
		if (ret)
			blk_dev_fail_transport(dev, ret);
	}
	transport_close(t);
	return ret;
}
