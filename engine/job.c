// SPDX-License-Identifier: GPL-2.0-only
/* Beginning and end of a running job. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/job.h"
#include "engine/keeper.h"
#include "engine/reconnect.h"
#include "engine/request.h"
#include "engine/run.h"
#include "engine/transfer.h"
#include "virtq/virtq_ops.h"

/**
 * job_after_fork - close what this process inherited of the devices' connections
 *
 * They belong to the keeper's process alone: a job that outlives it may not keep a back-end
 * waiting.
 */
void job_after_fork(void)
{
	const struct vblk_run *run = run_get();
	size_t i;

	for (i = 0; i < run->ndevices; i++) {
		struct vblk_device *device = run->devices[i];

		/* One that did not start has neither a connection nor a keeper. */
		if (!device->keeper_started || device->control->keeper == getpid())
			continue;
		transport_after_fork(&device->dev.transport);
		/* It may have been about to become the device's. */
		transport_after_fork(&device->attempt->dev.transport);
	}
}

/* How this job trims; jobs that use the queue one after the other may do it differently. */
static void attach_trim(struct vblk_queue *q, const struct job_spec *spec,
			const struct queue_layout *layout)
{
	const struct vblk_device *device = q->device;
	struct vblk_trim *trim = &q->trim;

	trim->limits = device->dev.range[spec->trim];
	trim->segments = job_spec_trim_segments(spec, &device->dev);
	trim->type = blk_range_type(spec->trim);
	trim->unmap = spec->options.trim == VBLK_TRIM_WRITE_ZEROES_UNMAP;
	trim->granularity_bytes = spec->trim == BLK_SECURE_ERASE && trim->limits.max_bytes
					  ? trim->limits.align_bytes
					  : 1;
	trim->count = &q->stats.trims[spec->trim];
	trim->table = (struct virtio_blk_discard_write_zeroes *)(q->arena + layout->trim);
	trim->table_iova = q->iova + layout->trim;
}

/* What the device and the job say of the queue's requests. */
static void attach_limits(struct vblk_queue *q, const struct job_spec *spec,
			  const struct queue_layout *layout)
{
	const struct blk_dev *dev = &q->device->dev;

	q->block_mask = dev->block_bytes - 1;
	q->capacity_bytes = dev->capacity_bytes;
	q->segments = job_spec_segments(spec, dev);
	if (q->segments > layout->config.segments)
		q->segments = layout->config.segments;
	q->piece = dev->size_max;
	q->request_bytes = blk_dev_request_bytes(dev, q->segments);
	/* With zonemode=zbd fio keeps reads within a zone. */
	if (dev->zoned.model == BLK_ZONE_MODEL_HOST_MANAGED && !spec->zbd)
		q->zone_bytes = dev->zoned.zone_bytes;
	q->strict = spec->options.strict;
	q->zoned = blk_dev_has(dev, VIRTIO_BLK_F_ZONED);
	q->ordered = q->zoned && (spec->max_bytes > q->request_bytes || q->td->o.read_iolog_file);
	q->writeback = dev->writeback;
	q->sync = q->writeback && q->td->o.sync_io;
	attach_trim(q, spec, layout);
}

/* A job's view of its queue. The first to use it writes the descriptors: the pages are near then.
 */
static int attach_queue(struct vblk_job *job, struct vblk_queue *q, struct vblk_device *device,
			const struct job_spec *spec)
{
	struct control *control = device->control;
	uint32_t index = control->job[job->index].queue;
	const struct queue_layout *layout = &device->layouts[index];
	const struct arena *arena = &device->group->arena;
	uint32_t i, state;

	q->td = job->td;
	q->job = job;
	q->device = device;
	q->index = index;
	q->shared = &control->queue[index];
	q->vq = &q->shared->vq;
	q->kick = device->vrings[index].kick;
	q->call_fd = q->shared->call_fd;
	q->arena = arena->base;
	q->arena_bytes = arena->bytes;
	q->iova = device->dev.iova;
	q->command_data = q->arena + layout->command;
	q->command_bytes = layout->command_bytes;
	attach_limits(q, spec, layout);

	state = atomic_load_explicit(&control->state, memory_order_acquire);
	if (state == CONTROL_LOST || state == CONTROL_STOPPED) {
		if (!atomic_exchange(&control->reported, 1))
			log_err("vblk: %s: %s\n", device->path,
				*control->reason ? control->reason : "device was stopped");
		return -ENODEV;
	}
	for (i = 0; i < control->njobs; i++) {
		if (i == job->index || control->job[i].queue != index ||
		    atomic_load(&control->job[i].state) != CONTROL_JOB_RUNNING)
			continue;
		log_err("vblk: %s: job '%s' cannot use queue %u: job '%s' is still at work on it\n",
			device->path, job->td->o.name, index, run_get()->jobs[i].td->o.name);
		return -EBUSY;
	}
	if (atomic_load(&q->shared->retired)) {
		log_err("vblk: %s: job '%s' cannot use queue %u: an earlier job was killed, "
			"or left it with requests outstanding\n",
			device->path, job->td->o.name, index);
		return -EBUSY;
	}
	/* The device may have come back without it since the queue was last used. */
	q->vq->event_idx = control->event_idx;
	if (q->vq->formatted)
		virtq_disarm(q->vq);
	else
		virtq_format(q->vq, &layout->virtq, q->iova + layout->rings);
	q->short_lengths_before = q->vq->short_lengths;
	q->long_lengths_before = q->vq->long_lengths;
	transfer_choose(q);
	return 0;
}

/* Enters one device's list of running jobs; while the device is away, waits for its return. */
static int enter_device(struct thread_data *td, struct vblk_device *device, size_t index)
{
	struct control *control = device->control;
	struct control_job *self = &control->job[index];

	atomic_store(&self->pid, getpid());
	for (;;) {
		/* First this, then a look: the keeper marks a loss and then looks for jobs. One of
		 * us sees the other. */
		atomic_store(&self->state, CONTROL_JOB_RUNNING);
		if (atomic_load(&control->state) != CONTROL_AWAY)
			break;
		atomic_store(&self->state, CONTROL_JOB_ASSIGNED);
		if (td->terminate || !keeper_lives(control))
			return -ENODEV;
		keeper_await(control, CONTROL_AWAY, 100);
	}
	keeper_wake(device);
	return 0;
}

/**
 * job_enter - tell the keepers of a job's devices that it runs
 * @td: job
 * @spec: what it asks
 * @index: its place in job order
 *
 * From now on what is on its queues is its own to put in order. Returns 0, or -ENODEV: fio is to
 * end, and a device still away.
 */
int job_enter(struct thread_data *td, const struct job_spec *spec, size_t index)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < spec->nfiles && !ret; i++)
		ret = enter_device(td, run_device(spec->files[i]), index);
	return ret;
}

static void set_waiting(struct vblk_job *job, const struct vblk_options *options)
{
	const struct thread_options *o = &job->td->o;

	job->wait = options->wait;
	spin_init(&job->spin, options->spin_us * 1000);
	job->io_timeout_ns = options->io_timeout_us * 1000;
	job->poison = options->poison == VBLK_SWITCH_ON ||
		      (options->poison == VBLK_SWITCH_AUTO && o->verify != VERIFY_NONE);
	/* Nothing that the job could expect to read. */
	job->poison_byte = o->verify_pattern_bytes && (unsigned char)o->verify_pattern[0] == 0xa5
				   ? 0x5a
				   : 0xa5;
}

/**
 * job_adjust_options - change options of fio's that a job can't be run with as they are
 * @job: job that is about to start
 */
void job_adjust_options(struct vblk_job *job)
{
	struct thread_options *o = &job->td->o;
	unsigned int most = o->iodepth, i;

	/*
	 * fio sends a trim and a write to the same place one after the other, and counts on an
	 * engine that ends the first before it looks at the second.
	 */
	if (td_trimwrite(job->td) && o->iodepth > 1)
		o->serialize_overlap = 1;
	/* A request that is turned away is made anew by fio: see command_await_room(). And with
	 * zonemode=zbd fio lets other jobs write to the zone, whose write pointer it has moved. */
	job->never_busy = o->verify != VERIFY_NONE || o->zone_mode == ZONE_MODE_ZBD;
	/* What is kept for zone commands is not fio's to use. */
	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].command_bytes && queue_room(&job->queue[i]) < most)
			most = queue_room(&job->queue[i]);
	if (most == o->iodepth)
		return;
	o->iodepth = most;
	if (o->iodepth_low > most)
		o->iodepth_low = most;
	if (o->iodepth_batch > most)
		o->iodepth_batch = most;
	if (o->iodepth_batch_complete_min > most)
		o->iodepth_batch_complete_min = most;
	if (o->iodepth_batch_complete_max > most)
		o->iodepth_batch_complete_max = most;
}

/**
 * job_free - forget a job
 * @job: job; its queues are untouched
 */
void job_free(struct vblk_job *job)
{
	free(job->events);
	free(job->stash);
	free(job->queued);
	free(job->io);
	free(job->trim_ranges);
	free(job->resubmit);
	free(job);
}

/* Zeroed, and on cache lines of its own: jobs that are threads run beside each other. */
static void *alloc_lines(size_t bytes)
{
	void *memory;

	bytes = (bytes + VIRTQ_CACHE_LINE - 1) / VIRTQ_CACHE_LINE * VIRTQ_CACHE_LINE;
	memory = aligned_alloc(VIRTQ_CACHE_LINE, bytes);
	return memory ? memset(memory, 0, bytes) : NULL;
}

/**
 * job_make - what a job needs to run
 * @td: fio's view of it
 * @spec: what it asks
 * @index: its place in job order
 *
 * Returns NULL if one of its queues can't be used, of which the user was told, or memory is out.
 */
struct vblk_job *job_make(struct thread_data *td, const struct job_spec *spec, size_t index)
{
	struct vblk_job *job = alloc_lines(sizeof(*job) + spec->nfiles * sizeof(*job->queue));
	struct vblk_device *device;
	const struct queue_layout *layout;
	size_t i, n;

	if (!job)
		return NULL;
	job->events = alloc_lines(spec->depth * sizeof(*job->events));
	/* Beside these, the command that they are put aside for. */
	job->stash = alloc_lines((spec->depth + 1) * sizeof(*job->stash));
	job->queued = alloc_lines(spec->nfiles * spec->depth * sizeof(*job->queued));
	if (spec->options.reconnect_us)
		job->resubmit = calloc(spec->depth, sizeof(*job->resubmit));
	job->max_ranges = spec->trim_ranges;
	job->io = alloc_lines(spec->depth * sizeof(*job->io));
	job->trim_ranges =
		alloc_lines((size_t)spec->depth * spec->trim_ranges * sizeof(*job->trim_ranges));
	if (!job->events || !job->stash || !job->queued || !job->io || !job->trim_ranges ||
	    (spec->options.reconnect_us && !job->resubmit))
		goto fail;
	job->depth = spec->depth;
	job->inflight = spec->options.inflight;
	job->td = td;
	job->index = index;
	job->stats = spec->stats;
	job->account = fio_fill_issue_time(td);
	job->replays = td->o.read_iolog_file;
	/* Where requests may have to be put in order by it, fio need not want it. */
	job->stamp = job->account || job->resubmit;
	set_waiting(job, &spec->options);
	for (i = 0; i < spec->nfiles; i++) {
		device = run_device(spec->files[i]);
		/* Two names of one device. */
		for (n = 0; n < job->nqueues && job->queue[n].device != device; n++)
			;
		if (n < job->nqueues)
			continue;
		job->queue[n].queued = job->queued + n * spec->depth;
		if (attach_queue(job, &job->queue[n], device, spec))
			goto fail;
		job->nqueues++;
	}
	device = job->queue[0].device;
	layout = &device->layouts[job->queue[0].index];
	job->data = device->group->arena.base + layout->data;
	job->data_bytes = layout->buffer_bytes;
	return job;
fail:
	job_free(job);
	return NULL;
}
