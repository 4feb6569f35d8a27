// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/plan.h"
#include "engine/report.h"
#include "engine/start.h"
#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_start.h"

/* Initialize empty queues as planned, and describe them for blk_dev_start(). */
static void make_queues(struct vblk_device *device)
{
	uint32_t n;

	for (n = 0; n < device->nqueues; n++) {
		struct control_queue *queue = &device->control->queue[n];
		const struct queue_layout *layout = &device->layouts[n];
		unsigned char *rings = device->group->arena.base + layout->rings;
		struct transport_queue *start = &device->vrings[n];

		virtq_init(&queue->vq, &layout->config, &layout->virtq, rings, queue->state);
		start->size = layout->config.size;
		start->base = virtq_base(&queue->vq);
		start->addr.desc = rings + layout->virtq.desc;
		start->addr.driver = rings + layout->virtq.driver;
		start->addr.device = rings + layout->virtq.device;
		start->kick_fd = queue->kick_fd;
		start->call_fd = queue->call_fd;
	}
}

/* Remove what a failed start left in the queues: data in the rings, and pending notifications. */
static void clear_queues(struct vblk_device *device)
{
	uint32_t n;

	for (n = 0; n < device->nqueues; n++) {
		const struct control_queue *queue = &device->control->queue[n];
		const struct queue_layout *layout = &device->layouts[n];
		uint64_t count;

		memset(device->group->arena.base + layout->rings, 0, layout->virtq.slot);
		if (read(queue->kick_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			continue;
		if (read(queue->call_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			continue;
	}
}

/* Open the device again. blk_dev_start() has closed the device, and a back-end that rejects a ring
 * may close the connection itself. */
static int open_again(struct vblk_device *device)
{
	const struct vblk_options *options = &device->first->options;
	uint64_t features = device->dev.features;
	int ret;

	blk_dev_forget_inflight(&device->dev);
	ret = blk_dev_open(&device->dev, device->path, (unsigned int)(options->timeout_us / 1000),
			   &device->options);
	if (ret)
		return ret;
	if (options->writeback != VBLK_SWITCH_AUTO)
		ret = blk_dev_set_writeback(&device->dev, options->writeback == VBLK_SWITCH_ON);
	if (!ret && device->dev.features != features)
		ret = error_set(&device->dev.error, -ENOTSUP,
				"the device offers different features now");
	if (ret)
		blk_dev_close(&device->dev);
	return ret;
}

/*
 * Report that the device rejected a ring, with the first error. @reached is true if the device also
 * rejected all smaller rings, and false if the device could not be opened again to try them.
 */
static int fail_ring(struct vblk_device *device, const struct error *error, bool reached)
{
	uint32_t n, smallest = UINT32_MAX;

	for (n = 0; n < device->nqueues; n++) {
		const struct queue_layout *layout = &device->layouts[n];

		if (layout->requested_size)
			return report_failure(
				device, "%s; set vblk_queue_size to a size that the device accepts",
				error->text);
		if (layout->requested_segments > 1 &&
		    layout->config.size / 2 < layout->requested_segments + 2)
			return report_failure(
				device,
				"%s; vblk_segments=%u needs a ring of that size: set a lower vblk_segments",
				error->text, layout->requested_segments);
		if (layout->config.size < smallest)
			smallest = layout->config.size;
	}
	if (reached)
		return report_failure(device, "%s; all ring sizes down to %u entries were rejected",
				      error->text, smallest);
	/* The error of the new connection may end with advice after a semicolon ("start the
	 * back-end first"). Omit it: the back-end was running before. */
	return report_failure(
		device,
		"%s; the back-end could not be reached again to try a smaller ring (%.*s); start the back-end again, and set vblk_queue_size to a size that it accepts",
		error->text, (int)strcspn(device->dev.error.text, ";"), device->dev.error.text);
}

/**
 * start_queues - share memory with a device and start its queues
 * @device: device, opened; its queues are planned, and laid out in the arena
 *
 * If the device rejects a ring whose size the engine chose, the function tries smaller rings, each
 * time on a new connection, because vhost-user has no message that asks for the maximum ring size.
 * Returns 0, or -EINVAL after the error was reported.
 */
int start_queues(struct vblk_device *device)
{
	struct error error = { "" };
	int ret;

	device->vrings = calloc(device->nqueues, sizeof(*device->vrings));
	if (!device->vrings)
		return report_failure(device, "out of memory");
	for (;;) {
		make_queues(device);
		ret = blk_dev_start(&device->dev, &device->group->arena, device->vrings,
				    device->nqueues);
		if (!ret)
			return 0;
		/* Report the error of the first attempt, which is about the planned ring. */
		if (!*error.text)
			error = device->dev.error;
		if (ret != -E2BIG)
			return report_failure(device, "%s", error.text);
		clear_queues(device);
		if (!plan_smaller_rings(device))
			return device->failed ? -EINVAL : fail_ring(device, &error, true);
		if (open_again(device))
			return fail_ring(device, &error, false);
	}
}
