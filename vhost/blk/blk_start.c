// SPDX-License-Identifier: GPL-2.0-only
/* Starting and stopping a device's queues. */
#include <errno.h>

#include "vhost/blk/blk_internal.h"
#include "vhost/blk/blk_start.h"

/**
 * blk_dev_queue_size_max - most entries that a queue's ring can have
 * @dev: device, opened
 * @index: queue
 * @size: set to it, 0 = not said
 *
 * Returns 0, or a negative errno with a sentence in @dev->error.
 */
int blk_dev_queue_size_max(struct blk_dev *dev, uint32_t index, uint32_t *size)
{
	int ret = dev->transport.ops->queue_size_max(&dev->transport, index, size);

	return ret ? blk_dev_fail_transport(dev, ret) : 0;
}

/* A device may have looked at a ring before it was enabled: tell each once (VU-13). */
static int notify_once(struct blk_dev *dev, const struct transport_queue *queues, uint32_t count)
{
	uint32_t i;

	/* Where a ring begins is where its driver is, as long as it is empty. */
	for (i = 0; i < count; i++)
		if (!transport_kick(&queues[i].kick, (uint16_t)queues[i].base))
			return error_set(&dev->error, -errno, "cannot notify the device");
	return 0;
}

/**
 * blk_dev_start - share memory with a device and start its queues
 * @dev: device, opened
 * @arena: memory; its I/O virtual address becomes @dev->iova
 * @queues: queues within @arena
 * @count: how many
 *
 * The queues are empty, unless the device has the inflight region of an earlier connection: then it
 * goes on with what it had taken. VIRTIO 1.3, 3.1.1, steps 7 and 8. Returns 0, or a negative errno
 * with a sentence in @dev->error; then there is no connection. -E2BIG: the device did not take a
 * ring, and may take a smaller one on a new connection.
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
 * blk_dev_disable_queue - have the device leave a queue alone while the others go on
 * @dev: device
 * @index: queue
 *
 * Returns 0, -ENOTSUP where that is not possible, or another negative errno; with a sentence in
 * @dev->error.
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
 * blk_dev_forget_inflight - give the region up that the back-end noted its requests in
 * @dev: device, open or closed
 */
void blk_dev_forget_inflight(struct blk_dev *dev)
{
	transport_forget(&dev->transport);
}

/**
 * blk_dev_stop - end all queues and the connection, in order
 * @dev: device; requests may not be outstanding
 *
 * Every ring is stopped before the memory goes away (VU-8). Returns 0, or a negative errno with a
 * sentence in @dev->error; there is no connection afterwards in any case.
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
