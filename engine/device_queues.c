// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "engine/device_queues.h"
#include "engine/report.h"

/* Jobs that can run at the same time want one queue: none of them can have it. */
static void refuse_clash(const struct vblk_device *device, const struct assign_job *all, size_t a,
			 size_t b)
{
	const struct vblk_run *run = device->group->run;
	size_t i;

	for (i = 0; i < run->njobs; i++) {
		struct job_spec *spec = &run->jobs[i];

		if (spec->all_index == a)
			report_refusal(spec, device,
				       "jobs '%s' and '%s' can run at the same time and both have "
				       "vblk_queue=%d",
				       all[a].name, all[b].name, all[b].pin);
		else if (all[spec->all_index].uses && all[spec->all_index].pin == all[b].pin &&
			 (spec->all_index == b || jobs_overlap(all, spec->all_index, a) ||
			  jobs_overlap(all, spec->all_index, b)))
			spec->refused = true;
	}
}

/**
 * device_queues_assign - deal out a device's queues to its jobs
 * @device: device; what it lacks for a job is known, so that refused jobs take no queue
 *
 * In job order: the same jobs always get the same queues. A device that is to have fewer queues
 * than its jobs need is taken out of the run, of which the user was told. Returns true if jobs were
 * refused because they cannot have the queues they ask for: they may use other devices, too.
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
			"%u queues are needed for the jobs that can run at the same time, but "
			"vblk_queues=%u",
			device->nqueues, device->first->options.queues);
	else if (device->first->options.queues)
		device->nqueues = device->first->options.queues;
	return refused;
}
