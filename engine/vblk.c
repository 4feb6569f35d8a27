// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks of the ioengine, which fio calls.
 *
 * Path of a request: queue() writes the request header, the data descriptor and one ring entry
 * (submit.c, transfer.c for reads and writes, trim.c for trims). commit() publishes the batch and
 * notifies the device if the device wants a notification (commit.c). getevents() takes used
 * requests back (reap.c), or waits for them (wait.c). event() returns them to fio. The context of
 * nearly every request on the ring is its io_u (context.h).
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
#include "engine/settle.h"
#include "engine/shared_queue.h"
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
	(void)t; /* fio passes a timeout only if min is 0; the engine does not wait then */
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
	return settle_errdetails(io_u);
}

static char *vblk_errdetails_td(struct thread_data *td, struct io_u *io_u)
{
	(void)td;
	return settle_errdetails(io_u);
}

/* FIO_TYPE_BLOCK makes fio query the zones of the file, and keeps fio from unlinking the file. */
static void describe_file(struct fio_file *f, const struct vblk_device *device)
{
	f->filetype = FIO_TYPE_BLOCK;
	f->real_file_size = device->dev.capacity_bytes;
	fio_file_set_size_known(f);
}

/* Called by both setup() and init(), because fio may call either first. Only the first call for a
 * device sets it up. */
static int start_run(struct thread_data *td)
{
	if (!vblk_guard_job(td))
		return -EINVAL;
	interrupt_watch();
	return run_start(td);
}

/* fio's main process has freed the options of a forked job. If the job is killed, the main process
 * would free them again through this pointer, which is in shared memory. */
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
	/* With create_serialize=0, fio calls setup() after init(). */
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
	/* With create_serialize=0, fio calls init() before setup(). */
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

/* Record that a job which never used its devices has ended, so that the devices can be stopped
 * after their last job. */
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

	/* fio may end a job with requests outstanding, whose memory the device still uses: wait for
	 * them. After this loop, each queue is empty, or failed and retired (queue_fail()). */
	while (job_outstanding(job)) {
		unsigned int depth = td->o.iodepth;

		commit_job(job);
		job_wait(job, 0, job_outstanding(job) < depth ? job_outstanding(job) : depth,
			 depth);
	}
	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].share)
			shared_detach(&job->queue[i]);
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
	log_err("vblk: job '%s': '%s' is not one of the devices that were set up for the job; name the device in filename= or replay_redirect=\n",
		td->o.name, f->file_name);
	td_verror(td, ENODEV, "vblk_open_file");
	return 1;
}

/* The file is a socket of a back-end or a device node: never remove it. */
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
		log_err("vblk: job '%s' needs %zu bytes of buffers, but the memory shared with the device has only %zu; if read_iolog= cannot be read before the job starts, set bs= to the size of the largest request in the log\n",
			td->o.name, bytes, job->data_bytes);
		return ENOMEM;
	}
	td->orig_buffer = (char *)job->data;
	return 0;
}

/* The buffers are part of the arena, which is not freed before the device is stopped. */
static void vblk_iomem_free(struct thread_data *td)
{
	td->orig_buffer = NULL;
}

static int vblk_io_u_init(struct thread_data *td, struct io_u *io_u)
{
	struct vblk_job *job = td->io_ops_data;
	/* In older versions of fio, index and engine_data are members of one union. */
	unsigned int index = io_u->index;

	if (index >= job->depth)
		return 1;
	job->io[index].ranges = job->trim_ranges + (size_t)index * job->max_ranges;
	job->io[index].io_u = io_u;
	io_u->engine_data = &job->io[index];
	return 0;
}

/* The symbol that fio looks up in the shared object. */
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
	/* Only some versions of fio have these hooks. */
	VBLK_GET_MAX_ACTIVE_ZONES(zones_get_max_active) VBLK_FINISH_ZONE(zones_finish)
		VBLK_MOVE_ZONE_WP(zones_move_wp)
};
