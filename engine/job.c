// SPDX-License-Identifier: GPL-2.0-only
/* Starting a job: allocate the job, attach it to its queues, and adjust fio's options. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "engine/job.h"
#include "engine/keeper.h"
#include "engine/reconnect.h"
#include "engine/request.h"
#include "engine/run.h"
#include "engine/shared_queue.h"
#include "engine/transfer.h"
#include "virtq/virtq_ops.h"

/**
 * job_after_fork - close the connections to the devices that a job's process has inherited
 *
 * Only the process of the keepers uses the connections. If a job outlives that process, a back-end
 * must still see that its connection was closed.
 */
void job_after_fork(void)
{
	const struct vblk_run *run = run_get();
	size_t i;

	for (i = 0; i < run->ndevices; i++) {
		struct vblk_device *device = run->devices[i];

		/* A device that did not start has neither a connection nor a keeper. */
		if (!device->keeper_started || device->control->keeper == getpid())
			continue;
		transport_after_fork(&device->dev.transport);
		/* The keeper may have been opening a new connection at the time of the fork. */
		transport_after_fork(&device->attempt->dev.transport);
	}
}

/* Set how the job trims. Other jobs that use the same queue may trim in another way. */
static void attach_trim(struct vblk_queue *q, const struct job_spec *spec,
			const struct queue_layout *layout)
{
	const struct vblk_device *device = q->device;
	struct vblk_trim *trim = &q->trim;

	trim->limits = device->dev.range[spec->trim];
	trim->stride = layout->trim_segments;
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

/* Set the limits of the queue's requests, from the device and the options of the job. */
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
	/* With zonemode=zbd, fio itself keeps each read within a zone. */
	if (dev->zoned.model == BLK_ZONE_MODEL_HOST_MANAGED && !spec->zbd)
		q->zone_bytes = dev->zoned.zone_bytes;
	q->strict = spec->options.strict;
	q->zoned = blk_dev_has(dev, VIRTIO_BLK_F_ZONED);
	q->ordered = q->zoned && (spec->max_bytes > q->request_bytes || q->td->o.read_iolog_file);
	q->writeback = dev->writeback;
	q->sync = q->writeback && q->td->o.sync_io;
	attach_trim(q, spec, layout);
}

static int attach_shared(struct vblk_queue *q, const struct control *control,
			 const struct queue_layout *layout)
{
	int ret = shared_attach(q, q->shared->share, control->job[q->job->index].sharer,
				&layout->virtq, q->iova + layout->rings, control->event_idx);

	if (ret == -EBUSY)
		log_err("vblk: %s: job '%s' cannot use queue %u: the device has not completed the requests of an earlier job that was killed\n",
			q->device->path, q->td->o.name, q->index);
	return ret;
}

/* Return 0 if a job can use a queue. Print an error message and return a negative errno if the
 * device is lost or stopped, another job with the same sharer number uses the queue, or an earlier
 * job left requests outstanding. */
static int check_usable(const struct vblk_job *job, const struct vblk_queue *q, uint32_t sharer)
{
	const struct vblk_device *device = q->device;
	struct control *control = device->control;
	uint32_t index = q->index, i, state;

	state = atomic_load_explicit(&control->state, memory_order_acquire);
	if (state == CONTROL_LOST || state == CONTROL_STOPPED) {
		if (!atomic_exchange(&control->reported, 1))
			log_err("vblk: %s: %s\n", device->path,
				*control->reason ? control->reason : "the device was stopped");
		return -ENODEV;
	}
	for (i = 0; i < control->njobs; i++) {
		if (i == job->index || control->job[i].queue != index ||
		    control->job[i].sharer != sharer ||
		    atomic_load(&control->job[i].state) != CONTROL_JOB_RUNNING)
			continue;
		log_err("vblk: %s: job '%s' cannot use queue %u: job '%s' is still using it\n",
			device->path, job->td->o.name, index, run_get()->jobs[i].td->o.name);
		return -EBUSY;
	}
	if (atomic_load(&q->shared->retired)) {
		log_err("vblk: %s: job '%s' cannot use queue %u: an earlier job was killed, or ended with requests outstanding\n",
			device->path, job->td->o.name, index);
		return -EBUSY;
	}
	return 0;
}

/* Attach a job to its queue on a device. The first job on a queue formats the ring, so that the
 * memory of the ring is on the NUMA node of the job. */
static int attach_queue(struct vblk_job *job, struct vblk_queue *q, struct vblk_device *device,
			const struct job_spec *spec)
{
	struct control *control = device->control;
	uint32_t index = control->job[job->index].queue;
	uint32_t sharer = control->job[job->index].sharer;
	const struct queue_layout *layout = &device->layouts[index];
	const struct arena *arena = &device->group->arena;
	int ret;

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
	q->command_data = q->arena + layout->sharers[sharer].command;
	q->command_bytes = layout->command_bytes;
	attach_limits(q, spec, layout);

	ret = check_usable(job, q, sharer);
	if (ret)
		return ret;
	if (q->shared->share) {
		ret = attach_shared(q, control, layout);
		if (ret)
			return ret;
	} else {
		/* The device may have come back without EVENT_IDX since the queue was last used. */
		q->vq->event_idx = control->event_idx;
		if (q->vq->formatted)
			virtq_disarm(q->vq);
		else
			virtq_format(q->vq, &layout->virtq, q->iova + layout->rings);
	}
	q->short_lengths_before = q->vq->short_lengths;
	q->long_lengths_before = q->vq->long_lengths;
	transfer_choose(q);
	return 0;
}

/* Mark the job as running in the control page of a device. If the device is away, wait until the
 * device has come back. */
static int enter_device(struct thread_data *td, struct vblk_device *device, size_t index)
{
	struct control *control = device->control;
	struct control_job *self = &control->job[index];

	atomic_store(&self->pid, getpid());
	for (;;) {
		/* Store the state of the job, then load the state of the device. The keeper stores
		 * CONTROL_AWAY, then loads the states of the jobs. So either the keeper sees that
		 * the job runs, or the job sees that the device is away. */
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
 * job_enter - announce to the keepers of a job's devices that the job runs
 * @td: fio's view of the job
 * @spec: what the job requires
 * @index: index of the job in job order
 *
 * If a device goes away after this, the job, and not the keeper, prepares the queue for the next
 * connection. Waits while a device is away. Returns 0, or -ENODEV if fio terminates the job or the
 * keeper's process has ended while a device is away.
 */
int job_enter(struct thread_data *td, const struct job_spec *spec, size_t index)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < spec->nfiles && !ret; i++)
		ret = enter_device(td, run_device(spec->files[i]), index);
	return ret;
}

static void apply_options(struct vblk_job *job, const struct vblk_options *options)
{
	const struct thread_options *o = &job->td->o;

	job->wait = options->wait;
	spin_init(&job->spin, options->spin_us * 1000);
	job->io_timeout_ns = options->io_timeout_us * 1000;
	job->poison = options->poison == VBLK_SWITCH_ON ||
		      (options->poison == VBLK_SWITCH_AUTO && o->verify != VERIFY_NONE);
	/* Use a byte that differs from the first byte of the pattern, so that verification detects
	 * data that the device did not write. */
	job->poison_byte = o->verify_pattern_bytes && (unsigned char)o->verify_pattern[0] == 0xa5
				   ? 0x5a
				   : 0xa5;
}

/**
 * job_adjust_options - change options of fio with which the job would not work
 * @job: job that is about to start
 */
void job_adjust_options(struct vblk_job *job)
{
	struct thread_options *o = &job->td->o;
	unsigned int most = o->iodepth, i;

	/*
	 * With trimwrite, fio queues a trim and then a write to the same range, and expects that
	 * the engine completes the trim before it starts the write.
	 */
	if (td_trimwrite(job->td) && o->iodepth > 1)
		o->serialize_overlap = 1;
	/* After FIO_Q_BUSY, fio creates the request again, which breaks verification (see
	 * command_await_room()). With zonemode=zbd, fio advances its write pointer of the zone
	 * before it queues a write. After FIO_Q_BUSY, other jobs would continue at the new write
	 * pointer, although the data before it is not written yet. */
	job->never_busy = o->verify != VERIFY_NONE || o->zone_mode == ZONE_MODE_ZBD;
	/* fio must not use the slot that is kept for zone commands. */
	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].command_bytes && !job->queue[i].share &&
		    queue_room(&job->queue[i]) < most)
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
 * job_free - free a job
 * @job: job; the control mapping, with the state of the job's queues, is not changed
 */
void job_free(struct vblk_job *job)
{
	if (job->epoll_fd >= 0)
		close(job->epoll_fd);
	free(job->events);
	free(job->stash);
	free(job->queued);
	free(job->io);
	free(job->trim_ranges);
	free(job->resubmit);
	free(job);
}

/* Allocate zeroed memory on separate cache lines, because other jobs may be threads of the same
 * process. */
static void *alloc_cache_lines(size_t bytes)
{
	void *memory;

	bytes = (bytes + VIRTQ_CACHE_LINE - 1) / VIRTQ_CACHE_LINE * VIRTQ_CACHE_LINE;
	memory = aligned_alloc(VIRTQ_CACHE_LINE, bytes);
	return memory ? memset(memory, 0, bytes) : NULL;
}

/* Add an eventfd of queue @index to the epoll instance: @call_fd if @by_device, otherwise the
 * @wake_fd through which other jobs wake this job. */
static int watch_fd(struct vblk_job *job, int fd, uint32_t index, bool by_device)
{
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u32 = 2 * index + (by_device ? 0 : 1) };

	/* A notification of the device wakes only one of the jobs that share the queue. */
	if (by_device && job->queue[index].share)
		event.events |= EPOLLEXCLUSIVE;
	return epoll_ctl(job->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Create the epoll instance on which a job that shares a queue sleeps. */
static int open_epoll(struct vblk_job *job)
{
	bool shares = false;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < job->nqueues; i++)
		shares |= job->queue[i].share != NULL;
	if (!shares)
		return 0;
	job->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (job->epoll_fd < 0)
		ret = -1;
	for (i = 0; i < job->nqueues && !ret; i++) {
		const struct vblk_queue *q = &job->queue[i];

		ret = watch_fd(job, q->call_fd, i, true);
		if (!ret && q->share)
			ret = watch_fd(job, q->self->wake_fd, i, false);
	}
	if (ret)
		log_err("vblk: job '%s': cannot create an epoll instance: %s\n", job->td->o.name,
			strerror(errno));
	return ret;
}

/**
 * job_make - allocate a job and attach it to its queues
 * @td: fio's view of the job
 * @spec: what the job requires
 * @index: index of the job in job order
 *
 * Returns NULL if out of memory, or if a queue cannot be used, which an error message has reported.
 */
struct vblk_job *job_make(struct thread_data *td, const struct job_spec *spec, size_t index)
{
	struct vblk_job *job = alloc_cache_lines(sizeof(*job) + spec->nfiles * sizeof(*job->queue));
	struct vblk_device *device;
	const struct queue_layout *layout;
	const struct sharer_layout *sharer;
	size_t i, n;

	if (!job)
		return NULL;
	job->events = alloc_cache_lines(spec->depth * sizeof(*job->events));
	/* depth + 1: while a job waits for a command (such as a flush), virtq_take() may store the
	 * contexts of all its io_us and of the command in the stash. */
	job->stash = alloc_cache_lines((spec->depth + 1) * sizeof(*job->stash));
	job->queued = alloc_cache_lines(spec->nfiles * spec->depth * sizeof(*job->queued));
	if (spec->options.reconnect_us)
		job->resubmit = calloc(spec->depth, sizeof(*job->resubmit));
	job->max_ranges = spec->trim_ranges;
	job->io = alloc_cache_lines(spec->depth * sizeof(*job->io));
	job->trim_ranges = alloc_cache_lines((size_t)spec->depth * spec->trim_ranges *
					     sizeof(*job->trim_ranges));
	if (!job->events || !job->stash || !job->queued || !job->io || !job->trim_ranges ||
	    (spec->options.reconnect_us && !job->resubmit))
		goto fail;
	job->epoll_fd = -1;
	job->depth = spec->depth;
	job->inflight = spec->options.inflight;
	job->td = td;
	job->index = index;
	job->stats = spec->stats;
	job->account = fio_fill_issue_time(td);
	job->replays = td->o.read_iolog_file;
	/* Resubmission sorts io_us by issue time, so set the time even if fio does not need it. */
	job->stamp = job->account || job->resubmit;
	apply_options(job, &spec->options);
	for (i = 0; i < spec->nfiles; i++) {
		device = run_device(spec->files[i]);
		/* Skip a second name of the same device. */
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
	sharer = &layout->sharers[device->control->job[index].sharer];
	job->data = device->group->arena.base + sharer->data;
	job->data_bytes = sharer->buffer_bytes;
	job->simple = job->nqueues == 1 && !job->queue[0].share;
	if (open_epoll(job))
		goto fail;
	return job;
fail:
	job_free(job);
	return NULL;
}
