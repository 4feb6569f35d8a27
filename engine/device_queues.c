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

/**
 * device_queues_assign - assign the queues of a device to its jobs
 * @device: opened device, against which its jobs were checked; refused jobs get no queue
 *
 * The same jobs always get the same queues. If vblk_queues= is less than the number of queues that
 * the jobs need, the function reports an error and removes the device from the run. Returns true
 * if the function refused jobs, because two of them require the same queue. The caller must then
 * assign the queues of all devices of the group again, because a refused job may also use other
 * devices.
 */
bool device_queues_assign(struct vblk_device *device)
{
	const struct vblk_run *run = device->group->run;
	struct assign_job *all = calloc(run->nall, sizeof(*all));
	bool refused = false;
	size_t a, b, i;
	int n;

	if (!all) {
		report_failure(device, "out of memory");
		return false;
	}
	memcpy(all, run->all, run->nall * sizeof(*all));
	do {
		for (i = 0; i < run->njobs; i++) {
			const struct job_spec *spec = &run->jobs[i];
			struct assign_job *job = &all[spec->all_index];

			job->pin = spec->options.queue;
			job->uses = device->assignments[i].uses && !spec->refused;
		}
		n = assign_queues(all, run->nall, &a, &b);
		if (n < 0) {
			refuse_clash(device, all, a, b);
			refused = true;
		}
	} while (n < 0);
	for (i = 0; i < run->njobs; i++)
		device->assignments[i].queue = all[run->jobs[i].all_index].queue;
	free(all);
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
