// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/notes.h"
#include "engine/report.h"
#include "engine/run.h"
#include "virtq/base.h"

/* Warn of requests that the device will not handle as the job seems to expect. They are not errors,
 * because a job may test how the device handles such requests. */
static void note_mismatches(const struct vblk_device *device, const struct job_spec *spec)
{
	const struct blk_dev *dev = &device->dev;

	/* Print the notes once for all clones of a job. */
	if (spec->td->subjob_number)
		return;
	if ((spec->writes || spec->trims) && !spec->zbd &&
	    dev->zoned.model == BLK_ZONE_MODEL_HOST_MANAGED)
		report_note(
			device,
			"job '%s' writes to a host-managed device without zonemode=zbd: writes that do not start at the write pointer of a zone will fail",
			spec->td->o.name);
	if (spec->trims && spec->options.trim == VBLK_TRIM_WRITE_ZEROES_UNMAP &&
	    !dev->write_zeroes_may_unmap)
		report_note(
			device,
			"job '%s': vblk_trim=write_zeroes_unmap allows unmapping, but the device never unmaps on write zeroes (write_zeroes_may_unmap is 0)",
			spec->td->o.name);
}

/* Report that transfers are split because they are larger than the device's limit for one request.
 * The kernel of a guest would split them too. */
static void note_split(const struct vblk_device *device, size_t index)
{
	const struct queue_layout *layout = &device->layouts[device->assignments[index].queue];
	const struct job_spec *spec = &device->group->run->jobs[index];
	unsigned int descriptors = job_spec_segments(spec, &device->dev);
	unsigned long long most;

	if (descriptors > layout->config.segments)
		descriptors = layout->config.segments;
	most = blk_dev_request_bytes(&device->dev, descriptors);
	if (spec->td->subjob_number || spec->max_bytes <= most)
		return;
	report_note(
		device,
		"job '%s': transfers of up to %llu bytes are split into requests of at most %llu (%u segments of at most %u bytes)",
		spec->td->o.name, spec->max_bytes, most, descriptors, device->dev.size_max);
}

/**
 * struct facts - what was negotiated with a device, in the form that is printed
 * @ring: layout of the rings
 * @cache: mode of the write cache
 * @features: names of the negotiated features
 * @least: number of entries of the smallest ring
 * @most: number of entries of the largest ring
 * @jobs: number of jobs that can use the device at the same time
 * @shared: jobs share queues
 */
struct facts {
	const char *ring;
	const char *cache;
	char features[512];
	uint32_t least;
	uint32_t most;
	uint32_t jobs;
	bool shared;
};

static void gather_facts(struct facts *facts, const struct vblk_device *device)
{
	const struct blk_dev *dev = &device->dev;
	uint32_t n, i;

	facts->ring = blk_dev_has(dev, VIRTIO_F_RING_PACKED) ? "packed" : "split";
	facts->cache = dev->writeback ? "write-back" : "write-through";
	facts->least = UINT32_MAX;
	facts->most = facts->jobs = 0;
	facts->shared = false;
	for (n = 0; n < device->nqueues; n++) {
		uint32_t size = device->layouts[n].config.size;

		facts->least = size < facts->least ? size : facts->least;
		facts->most = size > facts->most ? size : facts->most;
		facts->shared |= device->layouts[n].nsharers > 1;
		for (i = 0; i < device->layouts[n].nsharers; i++)
			facts->jobs += device->layouts[n].sharers[i].depth > 0;
	}
	feature_list(dev->features & ~dev->transport.ops->protocol_features, facts->features,
		     sizeof(facts->features));
}

/* Print the facts as one line for users. */
static void print_facts(const struct vblk_device *device, const struct facts *facts)
{
	const struct blk_dev *dev = &device->dev;
	char text[1024], sizes[64], jobs[32] = "", zones[96] = "";

	snprintf(sizes, sizeof(sizes), facts->least == facts->most ? "%u" : "%u to %u",
		 facts->least, facts->most);
	/* Report that jobs share queues, because sharing affects the results. */
	if (facts->shared)
		snprintf(jobs, sizeof(jobs), "%u jobs on ", facts->jobs);
	if (dev->zoned.model != BLK_ZONE_MODEL_NONE)
		snprintf(zones, sizeof(zones), "%s zones of %llu KiB, ",
			 blk_zone_model_name(dev->zoned.model),
			 (unsigned long long)(dev->zoned.zone_bytes >> 10));
	snprintf(
		text, sizeof(text),
		"%s, %s ring of %s, %s%u of %u queue%s, %llu MiB, blocks of %u, %s%s cache, %zu KiB pages, features %s",
		dev->transport.name, facts->ring, sizes, jobs, device->nqueues, dev->queues_max,
		dev->queues_max == 1 ? "" : "s", (unsigned long long)(dev->capacity_bytes >> 20),
		dev->block_bytes, zones, facts->cache, device->group->arena.page_bytes >> 10,
		facts->features);
	report_line(device, text);
}

/* Write the facts, with the size of each ring, as a record to the vblk_stats= files. */
static void record_facts(const struct vblk_device *device, const struct facts *facts)
{
	const struct blk_dev *dev = &device->dev;
	char path[512], *line = NULL;
	size_t bytes = 0;
	FILE *f = open_memstream(&line, &bytes);
	uint32_t n;

	if (!f)
		return;
	record_quote(path, sizeof(path), device->path);
	fprintf(f,
		"{\"record\":\"start\",\"device\":\"%s\",\"transport\":\"%s\",\"ring\":\"%s\",\"ring_sizes\":[",
		path, dev->transport.name, facts->ring);
	for (n = 0; n < device->nqueues; n++)
		fprintf(f, "%s%u", n ? "," : "", device->layouts[n].config.size);
	fprintf(f,
		"],\"jobs\":%u,\"queues\":%u,\"queues_max\":%u,\"capacity_bytes\":%llu,\"block_bytes\":%u,\"zones\":\"%s\",\"zone_bytes\":%llu,\"cache\":\"%s\",\"page_bytes\":%zu,\"features\":\"%s\"}\n",
		facts->jobs, device->nqueues, dev->queues_max,
		(unsigned long long)dev->capacity_bytes, dev->block_bytes,
		blk_zone_model_name(dev->zoned.model), (unsigned long long)dev->zoned.zone_bytes,
		facts->cache, device->group->arena.page_bytes, facts->features);
	if (!fclose(f))
		report_record(device, line, bytes);
	free(line);
}

/**
 * notes_print - print what was negotiated with a device, and notes about its jobs and queues
 * @device: started device
 *
 * The output documents the conditions under which the results were measured.
 */
void notes_print(const struct vblk_device *device)
{
	const struct vblk_run *run = device->group->run;
	struct facts facts;
	uint32_t n;
	size_t i;

	gather_facts(&facts, device);
	print_facts(device, &facts);
	record_facts(device, &facts);
	for (i = 0; i < run->njobs; i++) {
		if (!device->assignments[i].uses)
			continue;
		note_mismatches(device, &run->jobs[i]);
		note_split(device, i);
	}
	for (n = 0; n < device->nqueues; n++) {
		const struct queue_layout *layout = &device->layouts[n];
		uint32_t room = layout->virtq.slots - (layout->command_bytes ? 1 : 0);

		if (room < layout->depth && layout->nsharers > 1)
			report_note(
				device,
				"queue %u: its %u jobs have up to %u requests in flight, but a ring of %u holds %u, so jobs wait for each other",
				n, layout->nsharers, layout->depth, layout->config.size,
				layout->virtq.slots);
		else if (room < layout->depth)
			report_note(
				device,
				"queue %u: a ring of %u holds %u requests at a time, so iodepth=%u is not reached",
				n, layout->config.size, room, layout->depth);
	}
}
