// SPDX-License-Identifier: GPL-2.0-only
/* Planning the queues of a device, from what the jobs need and what the device supports. */
#include "engine/plan.h"
#include "engine/report.h"
#include "vhost/blk/blk_start.h"

/* Default ring size. The engine chooses a larger ring if the requests of the jobs need one. */
#define RING_SIZE_AUTO 256u

/* Maximum length in bytes of the data of zone commands: a report of 1023 zones. */
#define COMMAND_BYTES 65536u

static uint32_t round_up_pow2(uint32_t value)
{
	uint32_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

/*
 * Combine the needs of all jobs that use the queue: the layout gets the maximum of each value, and
 * the sum of the depths of jobs that can run at the same time.
 */
static int sum_up_jobs(struct vblk_device *device, uint32_t index)
{
	struct queue_layout *layout = &device->layouts[index];
	struct virtq_config *config = &layout->config;
	const struct vblk_run *run = device->group->run;
	struct sharer_layout *sharer;
	size_t i;

	layout->nsharers = 1;
	for (i = 0; i < run->njobs; i++)
		if (device->assignments[i].queue == (int)index &&
		    device->assignments[i].sharer >= (int)layout->nsharers)
			layout->nsharers = (uint32_t)device->assignments[i].sharer + 1;
	layout->sharers = calloc(layout->nsharers, sizeof(*layout->sharers));
	if (!layout->sharers)
		return report_failure(device, "out of memory");
	layout->requests = 1;
	*config = blk_dev_ring_config(&device->dev);
	config->strict = device->first->options.strict;
	config->segments = 1;
	for (i = 0; i < run->njobs; i++) {
		const struct job_spec *spec = &run->jobs[i];
		unsigned int n;

		if (device->assignments[i].queue != (int)index)
			continue;
		if (spec->options.queue_size) {
			if (layout->requested_size &&
			    layout->requested_size != spec->options.queue_size)
				return report_failure(
					device,
					"jobs '%s' and '%s' both use queue %u but have different values of vblk_queue_size",
					layout->requested_by, spec->td->o.name, index);
			layout->requested_size = spec->options.queue_size;
			layout->requested_by = spec->td->o.name;
		}
		sharer = &layout->sharers[device->assignments[i].sharer];
		if (spec->depth > sharer->depth)
			sharer->depth = spec->depth;
		n = job_spec_segments(spec, &device->dev);
		if (n > config->segments)
			config->segments = n;
		n = job_spec_trim_segments(spec, &device->dev);
		if (n > layout->trim_segments)
			layout->trim_segments = n;
		if (spec->options.segments > layout->requested_segments)
			layout->requested_segments = spec->options.segments;
		if (job_spec_requests(spec, &device->dev) > layout->requests)
			layout->requests = job_spec_requests(spec, &device->dev);
		if (spec->buffer_bytes > sharer->buffer_bytes)
			sharer->buffer_bytes = spec->buffer_bytes;
	}
	layout->depth = 0;
	for (i = 0; i < layout->nsharers; i++)
		layout->depth += layout->sharers[i].depth;
	if (!layout->depth)
		layout->depth = 1;
	return 0;
}

/* Limit the ring size to the maximum of the device. Fail if a job has set a larger size. */
static int bound_ring(struct vblk_device *device, uint32_t index)
{
	struct queue_layout *layout = &device->layouts[index];
	struct virtq_config *config = &layout->config;
	uint32_t most = layout->device_max;

	if (device->ring_max && (!most || device->ring_max < most) && !layout->requested_size)
		most = device->ring_max;
	if (!most || config->size <= most)
		return 0;
	if (layout->requested_size)
		return report_failure(
			device,
			"vblk_queue_size=%u is too large: the device supports at most %u ring entries",
			layout->requested_size, most);
	/* Round down to a power of two, which some devices require even for packed rings. */
	config->size = round_up_pow2(most / 2 + 1);
	return 0;
}

/*
 * Choose the size of a ring. It must have room for one request of each of @depth io_us and for
 * @reserved more requests, and for the longest descriptor chain.
 */
static uint32_t choose_size(const struct queue_layout *layout, uint32_t per_request,
			    uint32_t reserved)
{
	uint64_t need = ((uint64_t)layout->depth + reserved) * per_request;

	if (need < layout->config.segments + 2)
		need = layout->config.segments + 2;
	if (need < RING_SIZE_AUTO)
		return RING_SIZE_AUTO;
	return need < VIRTQ_SIZE_MAX ? round_up_pow2((uint32_t)need) : VIRTQ_SIZE_MAX;
}

/*
 * A descriptor chain cannot be longer than its ring. Reduce the number of segments to what the ring
 * can hold; longer transfers are split. Do not go below vblk_segments: size_ring() then fails.
 */
static void bound_segments(struct queue_layout *layout)
{
	struct virtq_config *config = &layout->config;
	uint32_t most = config->size > 2 ? config->size - 2 : 0;

	if (config->segments > most && most >= layout->requested_segments)
		config->segments = most;
}

/* Set the ring size and the number of slots. Fail if the ring cannot hold a request. */
static int size_ring(struct vblk_device *device, uint32_t index)
{
	struct queue_layout *layout = &device->layouts[index];
	const struct blk_dev *dev = &device->dev;
	struct virtq_config *config = &layout->config;
	uint32_t per_request, reserved = 0;
	uint64_t slots;

	/* Reserve a slot for zone commands, which are sent in addition to the io_us in flight. */
	if (dev->zoned.model != BLK_ZONE_MODEL_NONE) {
		reserved = 1;
		layout->command_bytes =
			dev->size_max < COMMAND_BYTES ? dev->size_max : COMMAND_BYTES;
	}
	per_request = config->indirect ? 1 : config->segments + 2;
	config->size = layout->requested_size ? layout->requested_size
					      : choose_size(layout, per_request, reserved);
	if (bound_ring(device, index))
		return -EINVAL;
	bound_segments(layout);
	per_request = config->indirect ? 1 : config->segments + 2;
	slots = layout->depth * layout->requests + reserved;
	config->slots = config->size / per_request;
	if (config->slots > slots)
		config->slots = (uint32_t)slots;
	if (virtq_layout(config, &layout->virtq))
		return report_failure(device, "%s%u has no room for a request of %u descriptors",
				      layout->requested_size ? "vblk_queue_size=" : "a ring of ",
				      config->size, config->segments + 2);
	if (layout->virtq.slots <= reserved)
		return report_failure(
			device,
			"a ring of %u entries has room for only one request, and that slot is reserved for zone commands; a larger ring is needed",
			config->size);
	return 0;
}

/**
 * plan_queue - plan a queue: ring size, number of slots, and memory
 * @device: device, opened
 * @index: number of the queue; the function fills in its layout, except the offsets in the arena
 *
 * Returns 0, or -EINVAL after the error was reported.
 */
int plan_queue(struct vblk_device *device, uint32_t index)
{
	struct queue_layout *layout = &device->layouts[index];
	int ret = sum_up_jobs(device, index);

	if (!ret && blk_dev_queue_size_max(&device->dev, index, &layout->device_max))
		ret = report_failure(device, "%s", device->dev.error.text);
	return ret ? ret : size_ring(device, index);
}

/*
 * Return the smallest usable ring size: room for one request with vblk_segments data descriptors,
 * and for one zone command if the device has zones.
 */
static uint32_t least_size(const struct queue_layout *layout)
{
	uint32_t chain = layout->requested_segments + 2, requests = layout->command_bytes ? 2 : 1;

	if (!layout->config.indirect)
		return round_up_pow2(chain * requests);
	return round_up_pow2(chain > requests ? chain : requests);
}

/**
 * plan_smaller_rings - plan smaller rings for a device that rejected its largest ring
 * @device: device, its queues planned
 *
 * Limits all rings to half the size of the largest ring. Only rings whose size the engine chose
 * become smaller. All offsets in the arena stay the same. Returns false if no ring can be smaller.
 */
bool plan_smaller_rings(struct vblk_device *device)
{
	uint32_t largest = 0, n;

	for (n = 0; n < device->nqueues; n++)
		if (!device->layouts[n].requested_size && device->layouts[n].config.size > largest)
			largest = device->layouts[n].config.size;
	for (n = 0; n < device->nqueues; n++)
		if (!device->layouts[n].requested_size &&
		    device->layouts[n].config.size == largest &&
		    largest / 2 < least_size(&device->layouts[n]))
			return false;
	device->ring_max = largest / 2;
	for (n = 0; n < device->nqueues; n++)
		if (device->layouts[n].config.size > device->ring_max && size_ring(device, n))
			return false;
	return largest > 0;
}
