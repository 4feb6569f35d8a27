// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "engine/device_queues.h"
#include "engine/report.h"

/* Jobs @a and @b require the same queue (vblk_queue=) and can run at the same time. Refuse both,
 * and all jobs that require this queue and can run at the same time as one of them. */
static void refuse_clash(const struct vblk_device *device, const struct assign_job *all, size_t a,
			 size_t b)
{
	const struct vblk_run *run = device->group->run;
	size_t i;

	for (i = 0; i < run->njobs; i++) {
		struct job_spec *spec = &run->jobs[i];

		if (spec->all_index == a)
			report_refusal(
				spec, device,
				"jobs '%s' and '%s' can run at the same time and both have vblk_queue=%d",
				all[a].name, all[b].name, all[b].pin);
		else if (all[spec->all_index].uses && all[spec->all_index].pin == all[b].pin &&
			 (spec->all_index == b || jobs_overlap(all, spec->all_index, a) ||
			  jobs_overlap(all, spec->all_index, b)))
			spec->refused = true;
	}
}

/* Return the number of queues that may be used: the limit of the device and the transport, or
 * vblk_queues if it is less. With vblk_share=1 and without vblk_queues, one queue. */
static uint32_t available_queues(const struct vblk_device *device)
{
	const struct transport *t = &device->dev.transport;
	uint32_t queues = device->dev.queues_max, wanted = device->first->options.queues;

	if (t->ops->queues_max && t->ops->queues_max < queues)
		queues = t->ops->queues_max;
	if (!wanted && device->first->options.share == VBLK_SWITCH_ON)
		wanted = 1;
	return wanted && wanted < queues ? wanted : queues;
}

/* Refuse the jobs that are pinned to a queue that does not exist. Return true if a job was
 * refused. */
static bool refuse_pins(const struct vblk_device *device, const struct assign_job *all,
			uint32_t queues)
{
	const struct vblk_run *run = device->group->run;
	bool refused = false;
	size_t i;

	for (i = 0; i < run->njobs; i++) {
		struct job_spec *spec = &run->jobs[i];

		if (!all[spec->all_index].uses || all[spec->all_index].pin < (int)queues)
			continue;
		report_refusal(
			spec, device,
			"job '%s' has vblk_queue=%d, but the number of available queues is %u; the first queue is queue 0",
			spec->td->o.name, all[spec->all_index].pin, queues);
		refused = true;
	}
	return refused;
}

/* Assign queues to the jobs that are not refused. Return the number of queues that are needed, -1
 * if jobs were refused, or -2 if out of memory. */
static int assign(struct vblk_device *device, struct assign_job *all)
{
	const struct vblk_run *run = device->group->run;
	uint32_t queues = available_queues(device);
	unsigned int share = device->first->options.share;
	size_t a, b, i;
	int n = -1;

	for (i = 0; i < run->njobs; i++) {
		const struct job_spec *spec = &run->jobs[i];
		struct assign_job *job = &all[spec->all_index];

		job->pin = spec->options.queue;
		job->uses = device->assignments[i].uses && !spec->refused;
	}
	if (share != VBLK_SWITCH_ON) {
		n = assign_queues(all, run->nall, &a, &b);
		if (n < 0 && share == VBLK_SWITCH_OFF) {
			refuse_clash(device, all, a, b);
			return -1;
		}
	}
	if (share == VBLK_SWITCH_OFF || (n >= 0 && n <= (int)queues))
		return n;
	if (refuse_pins(device, all, queues))
		return -1;
	n = assign_shared_queues(all, run->nall, (int)queues);
	return n < 0 ? -2 : n;
}

/**
 * device_queues_assign - assign the queues of a device to its jobs
 * @device: opened device, against which its jobs were checked; refused jobs get no queue
 *
 * The same jobs always get the same queues. If vblk_queues= is less than the number of queues that
 * the jobs need, the function reports an error and removes the device from the run. Returns true
 * if the function refused jobs, because of their vblk_queue=. The caller must then
 * assign the queues of all devices of the group again, because a refused job may also use other
 * devices.
 */
bool device_queues_assign(struct vblk_device *device)
{
	const struct vblk_run *run = device->group->run;
	struct assign_job *all = calloc(run->nall, sizeof(*all));
	bool refused = false;
	size_t i;
	int n;

	if (!all) {
		report_failure(device, "out of memory");
		return false;
	}
	memcpy(all, run->all, run->nall * sizeof(*all));
	while ((n = assign(device, all)) == -1)
		refused = true;
	for (i = 0; i < run->njobs; i++) {
		device->assignments[i].queue = all[run->jobs[i].all_index].queue;
		device->assignments[i].sharer = all[run->jobs[i].all_index].sharer;
	}
	free(all);
	if (n < 0) {
		report_failure(device, "out of memory");
		return refused;
	}
	device->nqueues = (uint32_t)n;
	if (device->first->options.queues && device->first->options.queues < device->nqueues)
		report_failure(
			device,
			"the jobs that can run at the same time need %u queues, but vblk_queues=%u",
			device->nqueues, device->first->options.queues);
	else if (device->first->options.queues)
		device->nqueues = device->first->options.queues;
	return refused;
}
