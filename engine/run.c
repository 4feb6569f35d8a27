// SPDX-License-Identifier: GPL-2.0-only
/* The run: finding the jobs and their devices, and the start and end of a job on its devices. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/device_options.h"
#include "engine/device_queues.h"
#include "engine/group.h"
#include "engine/guard.h"
#include "engine/keeper.h"
#include "engine/report.h"
#include "engine/run.h"

static struct vblk_run run;
static pthread_mutex_t run_lock = PTHREAD_MUTEX_INITIALIZER;

/**
 * run_get - return the run
 *
 * The run is empty before the first run_start().
 */
const struct vblk_run *run_get(void)
{
	return &run;
}

/**
 * run_device - return the device with a file name
 * @name: file name
 *
 * Returns NULL if no job had a file with this name when the run was prepared.
 */
struct vblk_device *run_device(const char *name)
{
	char real[PATH_MAX];
	size_t i;

	for (i = 0; i < run.ndevices; i++)
		if (!strcmp(run.devices[i]->path, name))
			return run.devices[i];
	if (!transport_real(name, real))
		return NULL;
	for (i = 0; i < run.ndevices; i++)
		if (!strcmp(run.devices[i]->real, real))
			return run.devices[i];
	return NULL;
}

/**
 * run_job - return what a job requires
 * @td: fio's view of the job
 * @index: set to the index of the job in job order
 *
 * Returns NULL if the job has another engine, or if the run has not been prepared.
 */
const struct job_spec *run_job(const struct thread_data *td, size_t *index)
{
	size_t i;

	for (i = 0; i < run.njobs; i++) {
		if (run.jobs[i].td == td) {
			*index = i;
			return &run.jobs[i];
		}
	}
	return NULL;
}

static struct vblk_device *add_device(const char *name)
{
	struct vblk_device *device = run_device(name), **devices;
	char real[PATH_MAX];

	if (device)
		return device;
	device = calloc(1, sizeof(*device));
	devices = realloc(run.devices, (run.ndevices + 1) * sizeof(*devices));
	if (devices)
		run.devices = devices;
	if (!device || !devices)
		return NULL;
	device->path = strdup(name);
	transport_real(name, real);
	device->real = strdup(real);
	device->group = calloc(1, sizeof(*device->group));
	device->assignments = calloc(run.njobs, sizeof(*device->assignments));
	device->keeper_fd = -1;
	if (!device->path || !device->real || !device->group || !device->assignments)
		return NULL;
	device->group->run = &run;
	run.devices[run.ndevices++] = device;
	return device;
}

/* Merge two groups and free @gone: a job uses devices of both groups, and all devices of a job must
 * share one arena. */
static void join_groups(struct arena_group *keep, struct arena_group *gone)
{
	size_t i;

	if (keep == gone)
		return;
	for (i = 0; i < run.ndevices; i++)
		if (run.devices[i]->group == gone)
			run.devices[i]->group = keep;
	free(gone);
}

static int add_job_devices(size_t index)
{
	struct job_spec *spec = &run.jobs[index];
	struct vblk_device *first = NULL;
	size_t i;

	if (!spec->nfiles)
		report_refusal(
			spec, NULL,
			"job '%s' names no device; set filename= to a vhost-user socket, a vhost-vdpa device or a PCI function",
			spec->td->o.name);
	for (i = 0; i < spec->nfiles; i++) {
		struct vblk_device *device = add_device(spec->files[i]);

		if (!device)
			return -ENOMEM;
		if (!device->first)
			device->first = spec;
		device_options_check(device, spec);
		device->notes_on_stderr |= spec->options.notes == VBLK_NOTES_STDERR;
		if (first)
			join_groups(first->group, device->group);
		else
			first = device;
		device->assignments[index].uses = true;
	}
	return 0;
}

/* Open the statistics file of a job during set-up, so that an error is found before the job runs.
 * The job itself may run as another user (uid=). */
static void open_stats(struct job_spec *spec)
{
	if (!spec->options.stats)
		return;
	spec->stats = record_open(spec->options.stats);
	if (!spec->stats)
		report_refusal(spec, NULL, "job '%s': out of memory", spec->td->o.name);
	else if (atomic_load(&spec->stats->failed))
		spec->refused = true;
}

/* Number of jobs with create_serialize=0 that ran as processes and found no device set up. All
 * processes that fio forks share this counter. */
static _Atomic uint32_t *unprepared;

static void __attribute__((constructor)) share_count(void)
{
	void *page = mmap(NULL, sizeof(*unprepared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	unprepared = page == MAP_FAILED ? NULL : page;
}

/*
 * With create_serialize=0, no device is set up before fio forks the jobs. Then each process would
 * set up the devices for itself, which only works for a single process: return -EINVAL if there are
 * several. Jobs that have ended cannot be distinguished from jobs of other engines any more, so
 * @unprepared counts them.
 */
static int check_not_forked(const struct thread_data *self)
{
	unsigned int n = 0, before;

	if (run.jobs || self->o.create_serialize || self->o.use_thread || !unprepared)
		return 0;
	before = atomic_fetch_add(unprepared, 1);
	VBLK_FOR_EACH_TD(td)
	{
		n += td->io_ops == &ioengine;
	}
	VBLK_END_FOR_EACH_TD();
	if (n <= 1 && !before)
		return 0;
	if (!before)
		log_err("vblk: create_serialize=0 starts %u jobs before the device is set up, which only works with threads; add thread=1 or remove create_serialize=0\n",
			n);
	return -EINVAL;
}

/* Return true if fio's main process may have freed the options of the job, as it does after it has
 * forked a job. */
static bool forked_before_setup(const struct thread_data *td, const struct thread_data *self)
{
	return !self->o.create_serialize && td != self && !td->o.create_serialize &&
	       !td->o.use_thread;
}

/* Read the options of all jobs and find their devices, in the first call only. */
static int run_prepare(const struct thread_data *self)
{
	size_t i, all_index;
	int ret;

	if (run.jobs)
		return 0;
	VBLK_FOR_EACH_TD(td)
	{
		run.nall += !forked_before_setup(td, self);
		run.njobs += td->io_ops == &ioengine && !forked_before_setup(td, self);
	}
	VBLK_END_FOR_EACH_TD();
	run.all = calloc(run.nall, sizeof(*run.all));
	run.jobs = calloc(run.njobs, sizeof(*run.jobs));
	if (!run.all || !run.jobs)
		return -ENOMEM;
	i = 0;
	all_index = 0;
	VBLK_FOR_EACH_TD(td)
	{
		if (forked_before_setup(td, self))
			continue;
		/* Jobs of other engines count too: they affect when jobs of this engine run. */
		job_spec_schedule(td, &run.all[all_index++]);
		if (td->io_ops != &ioengine)
			continue;
		run.jobs[i].all_index = all_index - 1;
		run.jobs[i].index = i;
		ret = job_spec_read(&run.jobs[i++], td);
		if (ret)
			return ret;
	}
	VBLK_END_FOR_EACH_TD();

	for (i = 0; i < run.njobs; i++) {
		open_stats(&run.jobs[i]);
		ret = add_job_devices(i);
		if (ret)
			return ret;
	}
	for (i = 0; i < run.ndevices; i++)
		device_options_apply(run.devices[i]);
	return 0;
}

static int start_locked(struct thread_data *td)
{
	const struct job_spec *spec;
	size_t i, index;
	int ret = check_not_forked(td);

	if (ret)
		return ret;
	ret = run_prepare(td);
	if (ret) {
		log_err("vblk: out of memory\n");
		return ret;
	}
	spec = run_job(td, &index);
	if (!spec) {
		log_err("vblk: job '%s' has create_serialize=0 without thread=1, so it was left out when another job set up the devices; set both options for all jobs, or remove create_serialize=0\n",
			td->o.name);
		return -EINVAL;
	}
	for (i = 0; i < spec->nfiles && !spec->refused; i++) {
		struct vblk_device *device = run_device(spec->files[i]);

		if (!device->group->started)
			group_start(device->group);
		if (device->failed)
			ret = -EINVAL;
	}
	/* The devices of a refused job do not wait for the job to end: drop_refused() has removed
	 * the job from them. */
	if (spec->refused)
		return -EINVAL;
	/* The records about the devices could not be written to the statistics file. */
	if (spec->stats && atomic_load(&spec->stats->failed))
		ret = -EINVAL;
	/* The job will not run. Its other devices must not wait for the job to end. */
	for (i = 0; ret && i < spec->nfiles; i++) {
		struct vblk_device *device = run_device(spec->files[i]);

		if (!device->failed)
			run_job_ended(device, index);
	}
	return ret;
}

/**
 * run_start - set up the devices of a job
 * @td: fio's view of the job
 *
 * The first call reads the options of all jobs. The first call for a group of devices sets up all
 * devices of the group. Returns 0, or a negative errno after the error was reported.
 */
int run_start(struct thread_data *td)
{
	int ret;

	pthread_mutex_lock(&run_lock);
	ret = start_locked(td);
	pthread_mutex_unlock(&run_lock);
	return ret;
}

/**
 * run_job_ended - mark a job as ended on a device
 * @device: device, started
 * @job: index of the job in job order
 *
 * The last job of the device waits until the keeper has stopped the device. Returns 0, or -EPROTO
 * after this function has reported that the device was not stopped cleanly. Returns 0 too if a job
 * has reported an earlier error of the device.
 */
int run_job_ended(struct vblk_device *device, size_t job)
{
	struct control *control = device->control;
	uint32_t state;
	bool last = false;

	if (atomic_exchange(&control->job[job].state, CONTROL_JOB_ENDED) != CONTROL_JOB_ENDED)
		last = atomic_fetch_sub(&control->running, 1) == 1;
	keeper_wake(device);
	if (!last)
		return 0;
	keeper_wait_stopped(device);
	state = atomic_load_explicit(&control->state, memory_order_acquire);
	if (state == CONTROL_STOPPED || atomic_exchange(&control->reported, 1) ||
	    atomic_load(&control->unanswered))
		return 0;
	log_err("vblk: %s: the device was not stopped cleanly: %s\n", device->path,
		state == CONTROL_LOST
			? control->reason
			: "fio's main process has ended, or the device did not stop in time");
	return -EPROTO;
}

/* Stop devices that are still running, because some of their jobs never started. */
static void __attribute__((destructor)) run_end(void)
{
	size_t i;

	for (i = 0; i < run.ndevices; i++)
		keeper_end(run.devices[i]);
}
