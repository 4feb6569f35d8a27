// SPDX-License-Identifier: GPL-2.0-only
/* Setting up a group: open the devices, create their shared memory, and start their queues. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/device_queues.h"
#include "engine/group.h"
#include "engine/job_spec_check.h"
#include "engine/keeper.h"
#include "engine/notes.h"
#include "engine/numa.h"
#include "engine/plan.h"
#include "engine/report.h"
#include "engine/run.h"
#include "engine/start.h"
#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_start.h"
#include "virtq/base.h"

/* Open a device, and check that the device can do what each job requires. */
static void open_device(struct vblk_device *device)
{
	const struct vblk_options *options = &device->first->options;
	const struct vblk_run *run = device->group->run;
	struct error error;
	size_t i;

	if (blk_dev_open(&device->dev, device->path, (unsigned int)(options->timeout_us / 1000),
			 &device->options)) {
		report_failure(device, "%s", device->dev.error.text);
		return;
	}
	if (options->reconnect_us && !device->dev.transport.ops->may_return) {
		report_failure(
			device,
			"vblk_reconnect is not supported with %s, because a device that goes away does not come back",
			device->dev.transport.name);
		return;
	}
	if (options->writeback != VBLK_SWITCH_AUTO &&
	    blk_dev_set_writeback(&device->dev, options->writeback == VBLK_SWITCH_ON)) {
		report_failure(device, "%s", device->dev.error.text);
		return;
	}
	for (i = 0; i < run->njobs; i++)
		if (device->assignments[i].uses && !run->jobs[i].refused &&
		    job_spec_check(&run->jobs[i], &device->dev, &error))
			report_refusal(&run->jobs[i], device, "%s", error.text);
}

/* Remove refused jobs from a device. If no job is left, the device is not used. */
static void drop_refused(struct vblk_device *device)
{
	const struct vblk_run *run = device->group->run;
	bool used = false;
	size_t i;

	for (i = 0; i < run->njobs; i++) {
		if (run->jobs[i].refused)
			device->assignments[i] = (struct queue_assignment){ .queue = QUEUE_ANY };
		used |= device->assignments[i].uses;
	}
	device->failed |= !used;
}

/* Assign a queue to each job that is not refused, on each device of the group. If this refuses a
 * job, start over: the job then uses none of its devices, so its queues on all of them are free. */
static void assign_group(const struct arena_group *group)
{
	const struct vblk_run *run = group->run;
	bool refused;
	size_t i;

	do {
		refused = false;
		for (i = 0; i < run->ndevices; i++) {
			struct vblk_device *device = run->devices[i];

			if (device->group != group || device->failed)
				continue;
			/* A job may have been refused because of another of its devices. */
			drop_refused(device);
			if (!device->failed)
				refused |= device_queues_assign(device);
		}
	} while (refused);
}

/* Check that the device has enough queues, and plan each queue. */
static int plan_device(struct vblk_device *device)
{
	const struct vblk_options *options = &device->first->options;
	const struct transport *t = &device->dev.transport;
	uint32_t n;

	if (t->ops->queues_max && device->nqueues > t->ops->queues_max) {
		if (options->queues)
			return report_failure(device,
					      "vblk_queues=%u, but %s has %u queues at most",
					      options->queues, t->name, t->ops->queues_max);
		return report_failure(
			device,
			"the jobs that can run at the same time need %u queues, but %s has %u at most; separate the jobs with stonewall",
			device->nqueues, t->name, t->ops->queues_max);
	}
	if (device->nqueues > device->dev.queues_max) {
		if (options->queues)
			return report_failure(
				device,
				"vblk_queues=%u, but the device has %u (QEMU and its storage daemon: num-queues=)",
				options->queues, device->dev.queues_max);
		return report_failure(
			device,
			"the jobs that can run at the same time need %u queues, but the device has %u; give the device more queues (QEMU and its storage daemon: num-queues=) or separate the jobs with stonewall",
			device->nqueues, device->dev.queues_max);
	}
	device->layouts = calloc(device->nqueues, sizeof(*device->layouts));
	if (!device->layouts)
		return report_failure(device, "out of memory");
	for (n = 0; n < device->nqueues; n++)
		if (plan_queue(device, n))
			return -EINVAL;
	return 0;
}

/* Lay out the memory of every queue in the arena, starting at offset @at. Return the end of the
 * last queue. Each queue starts on a new page. The job of the queue is the first to access the
 * page, so the page is on the NUMA node of the job. */
static size_t layout_queues(struct vblk_device *device, size_t at, size_t page_bytes)
{
	uint32_t n, i;

	for (n = 0; n < device->nqueues; n++) {
		struct queue_layout *layout = &device->layouts[n];

		layout->rings = round_up(at, page_bytes);
		layout->trim = round_up(layout->rings + layout->virtq.bytes, VIRTQ_CACHE_LINE);
		at = layout->trim + (size_t)layout->virtq.slots * layout->trim_segments *
					    sizeof(struct virtio_blk_discard_write_zeroes);
		for (i = 0; i < layout->nsharers; i++) {
			struct sharer_layout *sharer = &layout->sharers[i];

			sharer->command = round_up(at, VIRTQ_CACHE_LINE);
			at = sharer->command + layout->command_bytes;
			sharer->data = round_up(at, page_bytes < ARENA_UNIT
							    ? page_bytes
							    : (size_t)sysconf(_SC_PAGESIZE));
			at = sharer->data + sharer->buffer_bytes;
		}
		layout->end = at;
	}
	return at;
}

static size_t layout_group(const struct arena_group *group, size_t page_bytes)
{
	const struct vblk_run *run = group->run;
	size_t at = 0, i;

	for (i = 0; i < run->ndevices; i++)
		if (run->devices[i]->group == group && !run->devices[i]->failed)
			at = layout_queues(run->devices[i], at, page_bytes);
	return at;
}

/* Create the arena for all usable devices of the group, which must have the same vblk_hugepages. */
static int create_arena(struct arena_group *group)
{
	const struct vblk_run *run = group->run;
	struct vblk_device *first = NULL;
	size_t bytes, page_bytes, i;
	enum arena_pages pages;
	bool fits;

	for (i = 0; i < run->ndevices; i++) {
		struct vblk_device *device = run->devices[i];

		if (device->group != group || device->failed)
			continue;
		if (!first)
			first = device;
		else if (first->first->options.hugepages != device->first->options.hugepages)
			report_failure(
				device,
				"shares a job with %s, so both devices need the same value of vblk_hugepages",
				first->path);
	}
	if (!first)
		return -EINVAL;
	pages = (enum arena_pages)first->first->options.hugepages;
	bytes = layout_group(group, (size_t)sysconf(_SC_PAGESIZE));
	page_bytes = arena_page_bytes(bytes, pages);
	/* A new 1 GiB page for each queue would waste memory: start each queue on a multiple of
	 * 2 MiB. */
	bytes = layout_group(group, page_bytes < ARENA_UNIT ? page_bytes : ARENA_UNIT);
	fits = page_bytes < ARENA_UNIT || numa_check(group, page_bytes, &group->arena.error);
	if (!fits && pages == ARENA_PAGES_AUTO) {
		pages = ARENA_PAGES_PLAIN;
		bytes = layout_group(group, (size_t)sysconf(_SC_PAGESIZE));
		fits = true;
	}
	if (fits && !arena_create(&group->arena, bytes, pages))
		return 0;
	for (i = 0; i < run->ndevices; i++)
		if (run->devices[i]->group == group)
			report_failure(run->devices[i], "%s", group->arena.error.text);
	return -ENOMEM;
}

/* Return the size of the state of a queue's slots. */
static size_t slots_state_bytes(const struct queue_layout *layout)
{
	return round_up(virtq_state_bytes(&layout->config, &layout->virtq), VIRTQ_CACHE_LINE);
}

/* Return the size of a queue's state in the control mapping, without struct control_queue. */
static size_t queue_state_bytes(const struct queue_layout *layout)
{
	size_t bytes = slots_state_bytes(layout);

	if (layout->nsharers > 1)
		bytes += share_bytes(layout->nsharers, layout->virtq.slots);
	return round_up(bytes, VIRTQ_CACHE_LINE);
}

/* Initialise the state that the jobs of a shared queue have in common. */
static int create_share(struct vblk_device *device, uint32_t index)
{
	struct control_queue *queue = &device->control->queue[index];
	const struct queue_layout *layout = &device->layouts[index];
	uint32_t i;
	int ret = share_init(queue->share, &queue->vq, layout->nsharers, layout->virtq.slots);

	if (ret)
		return report_failure(device, "cannot create the lock of a shared queue: %s",
				      strerror(-ret));
	for (i = 0; i < layout->nsharers; i++) {
		struct sharer *sharer = &queue->share->sharer[i];

		sharer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (sharer->wake_fd < 0)
			return report_failure(
				device, "cannot create eventfds for %u jobs that share a queue: %s",
				layout->nsharers, strerror(errno));
	}
	return 0;
}

static int create_control(struct vblk_device *device)
{
	size_t queues = round_up(sizeof(struct control), VIRTQ_CACHE_LINE), jobs, state, i;
	const struct vblk_run *run = device->group->run;
	struct control *control;
	unsigned char *base;
	uint32_t n;

	jobs = queues + device->nqueues * sizeof(struct control_queue);
	state = round_up(jobs + run->njobs * sizeof(struct control_job), VIRTQ_CACHE_LINE);
	device->control_bytes = state;
	for (n = 0; n < device->nqueues; n++)
		device->control_bytes += queue_state_bytes(&device->layouts[n]);

	base = mmap(NULL, device->control_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (base == MAP_FAILED)
		return report_failure(device,
				      "cannot allocate memory for the state of %u queues: %s",
				      device->nqueues, strerror(errno));
	device->control = control = (struct control *)base;
	control->queue = (struct control_queue *)(base + queues);
	control->job = (struct control_job *)(base + jobs);
	control->nqueues = device->nqueues;
	control->njobs = (uint32_t)run->njobs;
	control->event_idx = blk_dev_has(&device->dev, VIRTIO_RING_F_EVENT_IDX);
	for (i = 0; i < run->njobs; i++) {
		bool uses = device->assignments[i].uses;

		control->job[i].sharer = uses ? (uint32_t)device->assignments[i].sharer : 0;
		control->job[i].queue =
			uses ? (uint32_t)device->assignments[i].queue : CONTROL_NO_QUEUE;
		atomic_init(&control->job[i].state,
			    uses ? CONTROL_JOB_ASSIGNED : CONTROL_JOB_ENDED);
		atomic_fetch_add(&control->running, uses);
	}
	for (n = 0; n < device->nqueues; n++) {
		struct queue_layout *layout = &device->layouts[n];
		struct control_queue *queue = &control->queue[n];

		queue->state = base + state;
		if (layout->nsharers > 1)
			queue->share =
				(struct queue_share *)(base + state + slots_state_bytes(layout));
		state += queue_state_bytes(layout);
		queue->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		queue->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (queue->kick_fd < 0 || queue->call_fd < 0)
			return report_failure(device, "cannot create eventfds for %u queues: %s",
					      device->nqueues, strerror(errno));
		if (queue->share && create_share(device, n))
			return -EINVAL;
	}
	return 0;
}

static int start_device(struct vblk_device *device)
{
	int ret = start_queues(device);

	if (ret)
		return ret;
	ret = keeper_start(device);
	if (ret)
		return report_failure(device,
				      "cannot start the thread that watches the connection: %s",
				      strerror(-ret));
	notes_print(device);
	return 0;
}

/**
 * group_start - open the devices of a group, share memory with them and start their queues
 * @group: group
 *
 * If a device cannot be used, this function reports the reason and sets @failed of the device.
 */
void group_start(struct arena_group *group)
{
	const struct vblk_run *run = group->run;
	size_t i;
	int ret;

	group->started = true;
	for (i = 0; i < run->ndevices; i++)
		if (run->devices[i]->group == group && !run->devices[i]->failed)
			open_device(run->devices[i]);
	assign_group(group);
	for (i = 0; i < run->ndevices; i++)
		if (run->devices[i]->group == group && !run->devices[i]->failed)
			plan_device(run->devices[i]);
	ret = create_arena(group);
	for (i = 0; i < run->ndevices; i++) {
		struct vblk_device *device = run->devices[i];

		if (!ret && device->group == group && !device->failed && !create_control(device))
			start_device(device);
		/* Close a connection that will not be used, so that the back-end can accept another
		 * connection. */
		if (device->group == group && device->failed) {
			blk_dev_forget_inflight(&device->dev);
			blk_dev_close(&device->dev);
		}
	}
}
