// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine as fio sees it.
 *
 * A request's walk: queue() writes header, data descriptor and one ring entry (submit.c, and for
 * reads and writes transfer.c, for trims trim.c); commit() publishes the batch and notifies the
 * device if it wants to be (commit.c); getevents() takes used requests back (reap.c), or waits
 * (wait.c); event() hands them to fio. The request's context on the ring is the io_u itself
 * (context.h).
 */
#include <stdlib.h>
#include <string.h>

#include "engine/command.h"
#include "engine/commit.h"
#include "engine/files.h"
#include "engine/guard.h"
#include "engine/ignored.h"
#include "engine/interrupt.h"
#include "engine/job.h"
#include "engine/names.h"
#include "engine/reap.h"
#include "engine/request.h"
#include "engine/resize.h"
#include "engine/run.h"
#include "engine/submit.h"
#include "engine/exit_status.h"
#include "engine/wait.h"
#include "engine/zones.h"
#include "virtq/base.h"

static int vblk_getevents(struct thread_data *td, unsigned int min, unsigned int max,
			  const struct timespec *t)
{
	struct vblk_job *job = td->io_ops_data;
	unsigned int n = UNLIKELY(job->stashed) ? command_take_stash(job, max) : 0;

	n = job_reap(job, n, max);
	(void)t; /* fio gives one only where it does not want to wait: min is 0 then */
	if (LIKELY(n >= min))
		return (int)n;
	return job_wait(job, n, min, max);
}

static struct io_u *vblk_event(struct thread_data *td, int event)
{
	struct vblk_job *job = td->io_ops_data;

	return job->events[event];
}

static char *vblk_errdetails(struct io_u *io_u)
{
	return job_errdetails(io_u);
}

static char *vblk_errdetails_td(struct thread_data *td, struct io_u *io_u)
{
	(void)td;
	return job_errdetails(io_u);
}

/* A file of this type is asked about zones and not unlinked; its size is the device's. */
static void describe_file(struct fio_file *f, const struct vblk_device *device)
{
	f->filetype = FIO_TYPE_BLOCK;
	f->real_file_size = device->dev.capacity_bytes;
	fio_file_set_size_known(f);
}

/* Whichever of setup() and init() comes first in a process sets everything up. */
static int start_run(struct thread_data *td)
{
	if (!vblk_guard_job(td))
		return -EINVAL;
	interrupt_watch();
	return run_start(td);
}

/* The main process has freed the options of a forked job, and would free them again, by this
 * pointer in memory that both share, when the job has been killed. */
static void forget_options(struct thread_data *td)
{
	if (!td->o.use_thread)
		td->eo = NULL;
}

static int vblk_setup(struct thread_data *td)
{
	struct fio_file *f;
	unsigned int i;
	size_t index;

	if (start_run(td)) {
		td_verror(td, EINVAL, "vblk_setup");
		return 1;
	}
	names_add_files(run_job(td, &index), td);
	ignored_forget(td);
	for_each_file(td, f, i)
	{
		const struct vblk_device *device = run_device(f->file_name);

		if (device)
			describe_file(f, device);
	}
	/* With create_serialize=0 this comes after init(). */
	if (td->io_ops_data)
		forget_options(td);
	return 0;
}

static int vblk_init(struct thread_data *td)
{
	const struct job_spec *spec;
	struct vblk_job *job;
	size_t index;

	exit_status_job_begins(td);
	/* With create_serialize=0 this comes before setup(). */
	if (start_run(td))
		return EINVAL;
	ignored_forget(td);
	spec = run_job(td, &index);
	job_after_fork();
	if (job_enter(td, spec, index))
		return ENODEV;
	job = job_make(td, spec, index);
	if (!job)
		return ENODEV;
	job_adjust_options(job);
	td->io_ops_data = job;
	if (td->o.create_serialize)
		forget_options(td);
	return 0;
}

/* A job that never came so far as to use its devices. */
static void leave_unused(struct thread_data *td)
{
	const struct job_spec *spec;
	size_t index, i;

	spec = run_job(td, &index);
	for (i = 0; spec && i < spec->nfiles; i++) {
		struct vblk_device *device = run_device(spec->files[i]);

		if (device->control && !device->failed && run_job_ended(device, index))
			td_verror(td, EPROTO, "vblk_cleanup");
	}
}

static void leave(struct thread_data *td, struct vblk_job *job)
{
	unsigned int i;

	/* What fio gave up on is still the device's: wait for it. When this ends, each queue is
	 * empty, or was given up and is retired (queue_fail()). */
	while (job_outstanding(job)) {
		unsigned int depth = td->o.iodepth;

		commit_job(job);
		job_wait(job, 0, job_outstanding(job) < depth ? job_outstanding(job) : depth,
			 depth);
	}
	job_note_lengths(job);
	resize_note(job);
	if (stats_write(job))
		td_verror(td, EIO, "vblk_stats");
	for (i = 0; i < job->nqueues; i++)
		if (run_job_ended(job->queue[i].device, job->index))
			td_verror(td, EPROTO, "vblk_cleanup");
	job_free(job);
	td->io_ops_data = NULL;
}

static void vblk_cleanup(struct thread_data *td)
{
	if (td->io_ops_data)
		leave(td, td->io_ops_data);
	else
		leave_unused(td);
	exit_status_job_ends(td);
}

static int vblk_open_file(struct thread_data *td, struct fio_file *f)
{
	struct vblk_device *device = run_device(f->file_name);
	struct vblk_job *job = td->io_ops_data;
	unsigned int i;

	for (i = 0; job && i < job->nqueues; i++) {
		if (job->queue[i].device != device)
			continue;
		f->fd = files_stand_in();
		if (f->fd < 0) {
			td_verror(td, ENFILE, "memfd_create");
			return 1;
		}
		FILE_SET_ENG_DATA(f, &job->queue[i]);
		describe_file(f, device);
		return 0;
	}
	log_err("vblk: job '%s': '%s' is none of the devices that were set up for it; name it in "
		"filename= or replay_redirect=\n",
		td->o.name, f->file_name);
	td_verror(td, ENODEV, "vblk_open_file");
	return 1;
}

/* The socket is the back-end's. */
static int vblk_unlink_file(struct thread_data *td, struct fio_file *f)
{
	(void)td;
	(void)f;
	return 0;
}

static int vblk_iomem_alloc(struct thread_data *td, size_t bytes)
{
	struct vblk_job *job = td->io_ops_data;

	if (bytes > job->data_bytes) {
		log_err("vblk: job '%s' needs %zu bytes of buffers, but %zu were shared with the "
			"device; a log that cannot be read beforehand needs bs= as large as its "
			"largest request\n",
			td->o.name, bytes, job->data_bytes);
		return ENOMEM;
	}
	td->orig_buffer = (char *)job->data;
	return 0;
}

/* The arena stays as long as the device. */
static void vblk_iomem_free(struct thread_data *td)
{
	td->orig_buffer = NULL;
}

static int vblk_io_u_init(struct thread_data *td, struct io_u *io_u)
{
	struct vblk_job *job = td->io_ops_data;
	unsigned int index = io_u->index; /* shares its place with engine_data in older versions */

	if (index >= job->depth)
		return 1;
	job->io[index].ranges = job->trim_ranges + (size_t)index * job->max_ranges;
	io_u->engine_data = &job->io[index];
	return 0;
}

/* The one symbol fio looks for. */
__attribute__((visibility("default"))) struct ioengine_ops ioengine = {
	.name = "vblk",
	.version = FIO_IOOPS_VERSION,
	.flags = FIO_DISKLESSIO | FIO_NOEXTEND | FIO_NODISKUTIL | FIO_NO_OFFLOAD |
		 VBLK_ASYNCIO_SETS_ISSUE_TIME | VBLK_MULTI_RANGE_TRIM,
	.setup = vblk_setup,
	.init = vblk_init,
	.queue = vblk_queue_io,
	.commit = vblk_commit,
	.getevents = vblk_getevents,
	.event = vblk_event,
	.errdetails = VBLK_ERRDETAILS(vblk_errdetails, vblk_errdetails_td),
	.cleanup = vblk_cleanup,
	.terminate = interrupt_terminate,
	.open_file = vblk_open_file,
	.close_file = files_close,
	.unlink_file = vblk_unlink_file,
	.iomem_alloc = vblk_iomem_alloc,
	.iomem_free = vblk_iomem_free,
	.io_u_init = vblk_io_u_init,
	.get_zoned_model = zones_get_model,
	.report_zones = zones_report,
	.reset_wp = zones_reset,
	.get_max_open_zones = zones_get_max_open,
	.option_struct_size = sizeof(struct vblk_options),
	.options = vblk_option_table,
	/* Hooks that only some versions of fio have. */
	VBLK_GET_MAX_ACTIVE_ZONES(zones_get_max_active) VBLK_FINISH_ZONE(zones_finish)
		VBLK_MOVE_ZONE_WP(zones_move_wp)
};
