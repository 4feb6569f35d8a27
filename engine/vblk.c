// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine as fio sees it.
 *
 * A request's walk: queue() writes header, data descriptor and one ring entry; commit() publishes
 * the batch and notifies the device if it wants to be; getevents() takes used requests back
 * (reap.c), or waits (wait.c); event() hands them to fio. The request's context on the ring is the
 * io_u itself.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/guard.h"
#include "engine/job.h"
#include "vhost/blk_request.h"
#include "virtq/virtq_ops.h"

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* In a request's engine data: what errdetails() is to say; else a status byte and one. */
#define ERRDETAILS_NOT_SENT ((void *)(uintptr_t)0x1000)

/* Ends a request within queue(): fio leaves its issue time to us. */
static enum fio_q_status complete_now(struct thread_data *td, struct io_u *io_u, int error)
{
	io_u->error = (unsigned int)error;
	io_u->engine_data = error ? ERRDETAILS_NOT_SENT : NULL;
	if (fio_fill_issue_time(td)) {
		fio_gettime(&io_u->issue_time, NULL);
		if (td->o.read_iolog_file)
			td->last_issue = io_u->issue_time;
	}
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	return FIO_Q_COMPLETED;
}

static inline enum fio_q_status queued(struct vblk_job *job, struct vblk_queue *q,
				       struct io_u *io_u)
{
	q->queued++;
	job->queued[job->nqueued++] = io_u;
	return FIO_Q_QUEUED;
}

/* Not whole blocks of the device, or not within it. */
static inline bool out_of_place(const struct vblk_queue *q, uint64_t offset, uint64_t bytes)
{
	return ((offset | bytes) & q->block_mask) || !bytes || offset > q->capacity_bytes ||
	       bytes > q->capacity_bytes - offset;
}

/* What the job asks for can't be sent; the first time it is said why. */
static enum fio_q_status refuse(struct vblk_job *job, const struct vblk_queue *q, struct io_u *io_u)
{
	bool whole = !((io_u->offset | io_u->xfer_buflen) & q->block_mask);

	if (!job->refused)
		log_err("vblk: %s: job '%s': request at offset %llu of %llu bytes %s\n",
			q->device->path, job->td->o.name, io_u->offset, io_u->xfer_buflen,
			!whole ? "is not whole blocks of the device"
			: io_u->offset + io_u->xfer_buflen > q->capacity_bytes
				? "goes past the end of the device"
				: "is larger than a request can be");
	job->refused = true;
	return complete_now(job->td, io_u, EINVAL);
}

static inline enum fio_q_status queue_transfer(struct vblk_job *job, struct vblk_queue *q,
					       struct virtq_slot *slot, struct io_u *io_u,
					       bool read)
{
	uint64_t place = (uint64_t)((unsigned char *)io_u->xfer_buf - job->arena);
	uint64_t bytes = io_u->xfer_buflen;
	uint32_t piece = q->piece;

	if (UNLIKELY(out_of_place(q, io_u->offset, bytes) || bytes > (uint64_t)piece * q->segments))
		return refuse(job, q, io_u);
	if (UNLIKELY(bytes > job->arena_bytes || place > job->arena_bytes - bytes))
		return complete_now(job->td, io_u, EFAULT);
	if (UNLIKELY(q->segments > 1)) {
		/* Even pieces, in whole sectors. */
		piece = (uint32_t)((bytes / BLK_SECTOR_BYTES + q->segments - 1) / q->segments *
				   BLK_SECTOR_BYTES);
		q->stats.descriptors += (bytes - 1) / piece;
	}
	blk_request_begin(slot, read ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT,
			  io_u->offset / BLK_SECTOR_BYTES);
	if (read) {
		q->stats.reads++;
		if (job->poison)
			memset(io_u->xfer_buf, job->poison_byte, bytes);
	} else {
		q->stats.writes++;
	}
	virtq_add(q->vq, slot, io_u, ARENA_IOVA + place, (uint32_t)bytes, piece, read);
	return queued(job, q, io_u);
}

static enum fio_q_status queue_flush(struct vblk_job *job, struct vblk_queue *q,
				     struct virtq_slot *slot, struct io_u *io_u)
{
	/* A device without a volatile cache has what it acknowledged. */
	if (!q->writeback)
		return complete_now(job->td, io_u, 0);
	q->stats.flushes++;
	blk_request_begin(slot, VIRTIO_BLK_T_FLUSH, 0);
	virtq_add(q->vq, slot, io_u, 0, 0, q->piece, false);
	return queued(job, q, io_u);
}

static enum fio_q_status queue_discard(struct vblk_job *job, struct vblk_queue *q,
				       struct virtq_slot *slot, struct io_u *io_u)
{
	uint64_t offset = io_u->offset, bytes = io_u->xfer_buflen;
	uint32_t first = slot->id * q->ranges_max, n;
	struct virtio_blk_discard_write_zeroes *range = &q->ranges[first];

	if (out_of_place(q, offset, bytes) || bytes > q->discard_piece * q->ranges_max)
		return refuse(job, q, io_u);
	for (n = 0; bytes; n++) {
		uint64_t part = bytes < q->discard_piece ? bytes : q->discard_piece;

		range[n].sector = htole64(offset / BLK_SECTOR_BYTES);
		range[n].num_sectors = htole32((uint32_t)(part / BLK_SECTOR_BYTES));
		range[n].flags = 0;
		offset += part;
		bytes -= part;
	}
	q->stats.discards++;
	blk_request_begin(slot, VIRTIO_BLK_T_DISCARD, 0);
	virtq_add(q->vq, slot, io_u, q->ranges_iova + first * sizeof(*range),
		  (uint32_t)(n * sizeof(*range)), UINT32_MAX, false);
	return queued(job, q, io_u);
}

static enum fio_q_status vblk_queue(struct thread_data *td, struct io_u *io_u)
{
	struct vblk_queue *q = FILE_ENG_DATA(io_u->file);
	struct vblk_job *job = td->io_ops_data;
	struct virtq_slot *slot;

	if (UNLIKELY(q->dead))
		return complete_now(td, io_u, q->dead);
	slot = virtq_slot_free(q->vq);
	if (UNLIKELY(!slot)) {
		q->stats.busy++;
		return FIO_Q_BUSY;
	}
	switch (io_u->ddir) {
	case DDIR_READ:
		return queue_transfer(job, q, slot, io_u, true);
	case DDIR_WRITE:
		return queue_transfer(job, q, slot, io_u, false);
	case DDIR_TRIM:
		return queue_discard(job, q, slot, io_u);
	case DDIR_SYNC:
	case DDIR_DATASYNC:
	case DDIR_SYNC_FILE_RANGE:
		return queue_flush(job, q, slot, io_u);
	default:
		return complete_now(td, io_u, EINVAL);
	}
}

static inline void publish(struct vblk_queue *q)
{
	unsigned int outstanding = virtq_outstanding(q->vq);

	q->queued = 0;
	q->stats.publishes++;
	if (outstanding > q->stats.depth)
		q->stats.depth = outstanding;
	if (virtq_publish(q->vq)) {
		uint64_t one = 1;

		q->stats.kicks++;
		/* EAGAIN: the counter is full, so that the device has plenty to wake up for. */
		if (write(q->kick_fd, &one, sizeof(one)) < 0)
			return;
	}
}

static int vblk_commit(struct thread_data *td)
{
	struct vblk_job *job = td->io_ops_data;
	unsigned int n = job->nqueued, i;

	if (!n)
		return 0;
	/* Issued is when the device can see it: the time before the store, lest a fast device be
	 * there first. */
	if (fio_fill_issue_time(td)) {
		struct timespec now;

		fio_gettime(&now, NULL);
		for (i = 0; i < n; i++) {
			job->queued[i]->issue_time = now;
			io_u_queued(td, job->queued[i]);
		}
		if (td->o.read_iolog_file)
			td->last_issue = now;
	}
	job->nqueued = 0;
	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].queued)
			publish(&job->queue[i]);
	io_u_mark_submit(td, n);
	return 0;
}

static int vblk_getevents(struct thread_data *td, unsigned int min, unsigned int max,
			  const struct timespec *t)
{
	struct vblk_job *job = td->io_ops_data;
	unsigned int n = job_reap(job, 0, max);

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

static char *errdetails(const struct io_u *io_u)
{
	uintptr_t status = (uintptr_t)io_u->engine_data;
	char *text = NULL;
	int ret;

	if (io_u->engine_data == ERRDETAILS_NOT_SENT)
		ret = asprintf(&text, "vblk: the request was not sent to the device");
	else if (!status)
		ret = asprintf(&text, "vblk: the request was not answered by the device");
	else if (status - 1 == BLK_STATUS_NONE)
		ret = asprintf(&text,
			       "vblk: the device completed the request without writing its status");
	else
		ret = asprintf(&text, "vblk: the device answered with status %u",
			       (unsigned int)status - 1);
	return ret < 0 ? NULL : text;
}

static char *vblk_errdetails(struct io_u *io_u)
{
	return errdetails(io_u);
}

static char *vblk_errdetails_td(struct thread_data *td, struct io_u *io_u)
{
	(void)td;
	return errdetails(io_u);
}

/* A file of this type is asked about zones and not unlinked; its size is the device's. */
static void describe_file(struct fio_file *f, const struct vblk_device *device)
{
	f->filetype = FIO_TYPE_BLOCK;
	f->real_file_size = device->dev.capacity_bytes;
	fio_file_set_size_known(f);
}

static int vblk_setup(struct thread_data *td)
{
	struct fio_file *f;
	unsigned int i;

	if (!vblk_guard_job(td) || run_start(td)) {
		td_verror(td, EINVAL, "vblk_setup");
		return 1;
	}
	for_each_file(td, f, i)
	{
		const struct vblk_device *device = run_device(f->file_name);

		if (device)
			describe_file(f, device);
	}
	return 0;
}

static int vblk_init(struct thread_data *td)
{
	const struct vblk_ask *ask;
	struct vblk_job *job;
	size_t index;

	/* With create_serialize=0 this comes before setup(). */
	if (!vblk_guard_job(td) || run_start(td))
		return EINVAL;
	ask = run_job(td, &index);
	job_leave_connections();
	job = job_make(td, ask, index);
	if (!job)
		return ENODEV;
	job_enter(job);
	td->io_ops_data = job;
	return 0;
}

/* A job that never came so far as to use its devices. */
static void leave_unused(struct thread_data *td)
{
	const struct vblk_ask *ask;
	size_t index, i;

	ask = run_job(td, &index);
	for (i = 0; ask && i < ask->nfiles; i++) {
		struct vblk_device *device = run_device(ask->files[i]);

		if (device->control && !device->failed && run_job_ended(device, index))
			td_verror(td, EPROTO, "vblk_cleanup");
	}
}

static void vblk_cleanup(struct thread_data *td)
{
	struct vblk_job *job = td->io_ops_data;
	unsigned int i;

	if (!job) {
		leave_unused(td);
		return;
	}
	/* What fio gave up on is still the device's: wait for it, or see to it that nobody gets the
	 * queue. */
	while (job_outstanding(job)) {
		unsigned int depth = td->o.iodepth;

		vblk_commit(td);
		job_wait(job, 0, job_outstanding(job) < depth ? job_outstanding(job) : depth,
			 depth);
	}
	stats_write(job);
	for (i = 0; i < job->nqueues; i++)
		if (run_job_ended(job->queue[i].device, job->index))
			td_verror(td, EPROTO, "vblk_cleanup");
	job_free(job);
	td->io_ops_data = NULL;
}

/* Called in fio's main process, from a signal handler too: wakes the job if it sleeps. */
static void vblk_terminate(struct thread_data *td)
{
	const struct vblk_run *run = run_get();
	uint64_t one = 1;
	size_t index, i;

	if (!run_job(td, &index))
		return;
	for (i = 0; i < run->ndevices; i++) {
		const struct control *control = run->devices[i]->control;
		uint32_t queue = control ? control->job[index].queue : CONTROL_NO_QUEUE;

		if (queue != CONTROL_NO_QUEUE &&
		    write(control->queue[queue].call_fd, &one, sizeof(one)) < 0)
			continue;
	}
}

static int vblk_open_file(struct thread_data *td, struct fio_file *f)
{
	struct vblk_device *device = run_device(f->file_name);
	struct vblk_job *job = td->io_ops_data;
	unsigned int i;

	for (i = 0; job && i < job->nqueues; i++) {
		if (job->queue[i].device != device)
			continue;
		FILE_SET_ENG_DATA(f, &job->queue[i]);
		describe_file(f, device);
		return 0;
	}
	log_err("vblk: job '%s': '%s' is none of the devices that were set up for it; name it in "
		"filename= or "
		"replay_redirect=\n",
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
	(void)td;
	io_u->engine_data = NULL;
	return 0;
}

/* The one symbol fio looks for. */
__attribute__((visibility("default"))) struct ioengine_ops ioengine = {
	.name = "vblk",
	.version = FIO_IOOPS_VERSION,
	.flags = FIO_DISKLESSIO | FIO_NOEXTEND | FIO_NODISKUTIL | FIO_NO_OFFLOAD |
		 FIO_ASYNCIO_SETS_ISSUE_TIME,
	.setup = vblk_setup,
	.init = vblk_init,
	.queue = vblk_queue,
	.commit = vblk_commit,
	.getevents = vblk_getevents,
	.event = vblk_event,
	.errdetails = VBLK_ERRDETAILS(vblk_errdetails, vblk_errdetails_td),
	.cleanup = vblk_cleanup,
	.terminate = vblk_terminate,
	.open_file = vblk_open_file,
	.unlink_file = vblk_unlink_file,
	.iomem_alloc = vblk_iomem_alloc,
	.iomem_free = vblk_iomem_free,
	.io_u_init = vblk_io_u_init,
	.option_struct_size = sizeof(struct vblk_options),
	.options = vblk_option_table,
};
