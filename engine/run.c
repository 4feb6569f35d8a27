// SPDX-License-Identifier: GPL-2.0-only
/* Which devices and jobs a run has. */
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
 * run_get - the run
 *
 * Nothing in it before the first run_start().
 */
const struct vblk_run *run_get(void)
{
	return &run;
}

/**
 * run_device - the device a file stands for
 * @name: file name
 *
 * Returns NULL for a name that no job had when the run was prepared.
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
 * run_job - what a job asks
 * @td: job
 * @index: set to its place in job order
 *
 * Returns NULL for a job of another engine, or before the run was prepared.
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

/* Devices of one job need one memory. */
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
		report_refusal(spec, NULL,
			       "job '%s' names no device; set filename= to a vhost-user socket, a "
			       "vhost-vdpa device or a PCI function",
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

/* Better known before the job runs, and perhaps as another user. */
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

/* Jobs that came to start without a device, in whatever process: shared by all that fio forks. */
static _Atomic uint32_t *unprepared;

static void __attribute__((constructor)) share_count(void)
{
	void *page = mmap(NULL, sizeof(*unprepared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	unprepared = page == MAP_FAILED ? NULL : page;
}

/*
 * With create_serialize=0 nothing is set up before the jobs fork, and each process would be on its
 * own: fine for a single one. Jobs that have ended can't be told from those of other engines any
 * more, but they were counted when they came here.
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
		log_err("vblk: create_serialize=0 starts %u jobs before the device is set up, "
			"which works with threads only; add thread=1 or leave it out\n",
			n);
	return -EINVAL;
}

/* A job whose options fio's main process has freed, as it does when it has forked a job. */
static bool forked_before_setup(const struct thread_data *td, const struct thread_data *self)
{
	return !self->o.create_serialize && td != self && !td->o.create_serialize &&
	       !td->o.use_thread;
}

/* Reads every job of the run and finds the devices; once. */
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
		/* Jobs of other engines count in when others run. */
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
		log_err("vblk: job '%s' has create_serialize=0 and was not there when the devices "
			"were set up; say it for all jobs, with thread=1, or for none\n",
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
	/* No device counts on a job that was refused. */
	if (spec->refused)
		return -EINVAL;
	/* What is told of the devices could not be written. */
	if (spec->stats && atomic_load(&spec->stats->failed))
		ret = -EINVAL;
	/* A job that can't have one of its devices uses none of them. */
	for (i = 0; ret && i < spec->nfiles; i++) {
		struct vblk_device *device = run_device(spec->files[i]);

		if (!device->failed)
			run_job_ended(device, index);
	}
	return ret;
}

/**
 * run_start - see to it that the devices of a job are there
 * @td: job
 *
 * The first call for a device reads all jobs and sets it up. Returns 0 or a negative errno; the
 * user knows why then.
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
 * run_job_ended - a job will not use a device any more
 * @device: device, started
 * @job: its place in job order
 *
 * The last one to leave waits until the device has been stopped. Returns 0, or -EPROTO if it could
 * not be, of which the user was told.
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
	log_err("vblk: %s: the device was not stopped in order: %s\n", device->path,
		state == CONTROL_LOST ? control->reason : "no end of it to be seen");
	return -EPROTO;
}

/* Jobs that never came to run leave a device behind that nobody stopped. */
static void __attribute__((destructor)) run_end(void)
{
	size_t i;

	for (i = 0; i < run.ndevices; i++)
		keeper_end(run.devices[i]);
}
