// SPDX-License-Identifier: GPL-2.0-only
/* What a device's queues are made of: what their jobs need, as far as the device has it. */
#include "engine/plan.h"
#include "engine/report.h"
#include "vhost/blk/blk_start.h"

/* Ring entries without being asked for more, by the user or by iodepth. */
#define RING_SIZE_AUTO 256u

/* Memory for the data of commands: a report of 1023 zones. */
#define COMMAND_BYTES 65536u

static uint32_t round_up_pow2(uint32_t value)
{
	uint32_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

/* What the jobs that were dealt a queue need of it, added up. */
static int add_up(struct vblk_device *device, uint32_t index)
{
	struct vblk_queue_plan *plan = &device->queue[index];
	struct virtq_config *config = &plan->config;
	const struct vblk_run *run = device->group->run;
	size_t i;

	plan->depth = 1;
	plan->requests = 1;
	*config = blk_dev_ring_config(&device->dev);
	config->strict = device->first->options.strict;
	config->segments = 1;
	for (i = 0; i < run->njobs; i++) {
		const struct vblk_ask *ask = &run->jobs[i];
		unsigned int n;

		if (device->dealt[i].queue != (int)index)
			continue;
		if (ask->options.queue_size) {
			if (plan->asked_size && plan->asked_size != ask->options.queue_size)
				return run_fail(
					device,
					"jobs '%s' and '%s' use queue %u one after the other "
					"and say different vblk_queue_size",
					plan->asked_by, ask->td->o.name, index);
			plan->asked_size = ask->options.queue_size;
			plan->asked_by = ask->td->o.name;
		}
		if (ask->depth > plan->depth)
			plan->depth = ask->depth;
		n = vblk_ask_segments(ask, &device->dev);
		if (n > config->segments)
			config->segments = n;
		n = vblk_ask_trim_segments(ask, &device->dev);
		if (n > plan->trim_segments)
			plan->trim_segments = n;
		if (ask->options.segments > plan->asked_segments)
			plan->asked_segments = ask->options.segments;
		if (vblk_ask_requests(ask, &device->dev) > plan->requests)
			plan->requests = vblk_ask_requests(ask, &device->dev);
		if (ask->buffer_bytes > plan->buffer_bytes)
			plan->buffer_bytes = ask->buffer_bytes;
	}
	return 0;
}

/* No ring is larger than the device's largest. */
static int bound_ring(struct vblk_device *device, uint32_t index)
{
	struct vblk_queue_plan *plan = &device->queue[index];
	struct virtq_config *config = &plan->config;
	uint32_t most = plan->device_max;

	if (device->ring_max && (!most || device->ring_max < most) && !plan->asked_size)
		most = device->ring_max;
	if (!most || config->size <= most)
		return 0;
	if (plan->asked_size)
		return run_fail(device,
				"vblk_queue_size=%u, but the device's rings have %u entries at "
				"most",
				plan->asked_size, most);
	/* Some take powers of two only, whatever the layout. */
	config->size = round_up_pow2(most / 2 + 1);
	return 0;
}

/* Entries of a ring whose size is ours: for all requests of fio's at a time, and for the longest.
 */
static uint32_t choose_size(const struct vblk_queue_plan *plan, uint32_t per_request, uint32_t kept)
{
	uint64_t need = ((uint64_t)plan->depth + kept) * per_request;

	if (need < plan->config.segments + 2)
		need = plan->config.segments + 2;
	if (need < RING_SIZE_AUTO)
		return RING_SIZE_AUTO;
	return need < VIRTQ_SIZE_MAX ? round_up_pow2((uint32_t)need) : VIRTQ_SIZE_MAX;
}

/* A chain is no longer than its ring: what does not fit is split, but for what a job asked for. */
static void bound_segments(struct vblk_queue_plan *plan)
{
	struct virtq_config *config = &plan->config;
	uint32_t most = config->size > 2 ? config->size - 2 : 0;

	if (config->segments > most && most >= plan->asked_segments)
		config->segments = most;
}

/* Sizes the ring by that; a request must fit. */
static int size_ring(struct vblk_device *device, uint32_t index)
{
	struct vblk_queue_plan *plan = &device->queue[index];
	const struct blk_dev *dev = &device->dev;
	struct virtq_config *config = &plan->config;
	uint32_t per_request, kept = 0;
	uint64_t slots;

	/* A slot is kept for zone commands, which come beside what fio has in flight. */
	if (dev->zoned.model != BLK_ZONE_MODEL_NONE) {
		kept = 1;
		plan->command_bytes = dev->size_max < COMMAND_BYTES ? dev->size_max : COMMAND_BYTES;
	}
	per_request = config->indirect ? 1 : config->segments + 2;
	config->size = plan->asked_size ? plan->asked_size : choose_size(plan, per_request, kept);
	if (bound_ring(device, index))
		return -EINVAL;
	bound_segments(plan);
	per_request = config->indirect ? 1 : config->segments + 2;
	slots = plan->depth * plan->requests + kept;
	config->slots = config->size / per_request;
	if (config->slots > slots)
		config->slots = (uint32_t)slots;
	if (virtq_layout(config, &plan->layout))
		return run_fail(device, "%s%u has no room for a request of %u descriptors",
				plan->asked_size ? "vblk_queue_size=" : "a ring of ", config->size,
				config->segments + 2);
	if (plan->layout.slots <= kept)
		return run_fail(
			device,
			"a ring of %u holds one request, and that is kept for zone commands",
			config->size);
	return 0;
}

/**
 * plan_queue - work out what a queue is made of
 * @device: device, opened
 * @index: queue; its plan is filled in, but for where it lies in memory
 *
 * Returns 0, or -EINVAL: the device has not what the jobs need, of which the user was told.
 */
int plan_queue(struct vblk_device *device, uint32_t index)
{
	struct vblk_queue_plan *plan = &device->queue[index];
	int ret = add_up(device, index);

	if (!ret && blk_dev_queue_size_max(&device->dev, index, &plan->device_max))
		ret = run_fail(device, "%s", device->dev.error.text);
	return ret ? ret : size_ring(device, index);
}

/* The smallest ring that a queue can do with: for one request, and one more that is kept. */
static uint32_t least_size(const struct vblk_queue_plan *plan)
{
	uint32_t chain = plan->asked_segments + 2, requests = plan->command_bytes ? 2 : 1;

	if (!plan->config.indirect)
		return round_up_pow2(chain * requests);
	return round_up_pow2(chain > requests ? chain : requests);
}

/**
 * plan_smaller_rings - plan anew for a device that does not take its largest ring
 * @device: device, its queues planned
 *
 * Only what is ours to choose gets smaller; everything keeps its place in memory. Returns false if
 * no ring can be smaller.
 */
bool plan_smaller_rings(struct vblk_device *device)
{
	uint32_t largest = 0, n;

	for (n = 0; n < device->nqueues; n++)
		if (!device->queue[n].asked_size && device->queue[n].config.size > largest)
			largest = device->queue[n].config.size;
	for (n = 0; n < device->nqueues; n++)
		if (!device->queue[n].asked_size && device->queue[n].config.size == largest &&
		    largest / 2 < least_size(&device->queue[n]))
			return false;
	device->ring_max = largest / 2;
	for (n = 0; n < device->nqueues; n++)
		if (device->queue[n].config.size > device->ring_max && size_ring(device, n))
			return false;
	return largest > 0;
}
