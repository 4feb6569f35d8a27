// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "engine/device_queues.h"
#include "engine/report.h"

/* Jobs that can run at the same time want one queue: none of them can have it. */
static void refuse_clash(const struct vblk_device *device, const struct deal_job *all, size_t a,
			 size_t b)
{
	const struct vblk_run *run = device->group->run;
	size_t i;

	for (i = 0; i < run->njobs; i++) {
		struct vblk_ask *ask = &run->jobs[i];

		if (ask->place == a)
			run_refuse(ask, device,
				   "jobs '%s' and '%s' can run at the same time and both have "
				   "vblk_queue=%d",
				   all[a].name, all[b].name, all[b].pin);
		else if (all[ask->place].uses && all[ask->place].pin == all[b].pin &&
			 (ask->place == b || deal_overlap(all, ask->place, a) ||
			  deal_overlap(all, ask->place, b)))
			ask->refused = true;
	}
}

/**
 * device_queues_deal - deal out a device's queues to its jobs
 * @device: device; what it lacks for a job is known, so that refused jobs take no queue
 *
 * In job order: the same jobs always get the same queues. A device that is to have fewer queues
 * than its jobs need is taken out of the run, of which the user was told. Returns true if jobs were
 * refused because they cannot have the queues they ask for: they may use other devices, too.
 */
bool device_queues_deal(struct vblk_device *device)
{
	const struct vblk_run *run = device->group->run;
	struct deal_job *all = calloc(run->nall, sizeof(*all));
	bool refused = false;
	size_t a, b, i;
	int n;

	if (!all) {
		run_fail(device, "out of memory");
		return false;
	}
	memcpy(all, run->all, run->nall * sizeof(*all));
	do {
		for (i = 0; i < run->njobs; i++) {
			const struct vblk_ask *ask = &run->jobs[i];
			struct deal_job *job = &all[ask->place];

			job->pin = ask->options.queue;
			job->uses = device->dealt[i].uses && !ask->refused;
		}
		n = deal_queues(all, run->nall, &a, &b);
		if (n < 0) {
			refuse_clash(device, all, a, b);
			refused = true;
		}
	} while (n < 0);
	for (i = 0; i < run->njobs; i++)
		device->dealt[i].queue = all[run->jobs[i].place].queue;
	free(all);
	device->nqueues = (uint32_t)n;
	if (device->first->options.queues && device->first->options.queues < device->nqueues)
		run_fail(device,
			 "%u queues are needed for the jobs that can run at the same time, but "
			 "vblk_queues=%u",
			 device->nqueues, device->first->options.queues);
	else if (device->first->options.queues)
		device->nqueues = device->first->options.queues;
	return refused;
}
