// SPDX-License-Identifier: GPL-2.0-only
/*
 * These functions run in the keeper, so they allocate no memory and print nothing.
 *
 * They assume that the old back-end has ended, and that the data of completed requests is not lost.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/reconnect.h"
#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_start.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

static void refuse(struct reconnect *attempt, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void refuse(struct reconnect *attempt, const char *format, ...)
{
	size_t at = (size_t)snprintf(attempt->why, sizeof(attempt->why), "back-end came back ");
	va_list args;

	va_start(args, format);
	vsnprintf(attempt->why + at, sizeof(attempt->why) - at, format, args);
	va_end(args);
	attempt->stage = RECONNECT_REFUSED;
	blk_dev_close(&attempt->dev);
}

/* Compare the limits that jobs and queues depend on. Return a description of the first limit that
 * does not suit the running jobs, or NULL if all limits do. */
static const char *lower_limit(const struct blk_dev *old, const struct blk_dev *new,
			       uint32_t queues)
{
	enum blk_range_kind kind;

	if (new->queues_max < queues)
		return "fewer queues";
	if (new->seg_max < old->seg_max)
		return "a lower seg_max";
	if (new->size_max < old->size_max)
		return "a lower size_max";
	for (kind = 0; kind < BLK_RANGE_KINDS; kind++)
		if (new->range[kind].max_bytes < old->range[kind].max_bytes ||
		    new->range[kind].max_segments < old->range[kind].max_segments ||
		    new->range[kind].align_bytes != old->range[kind].align_bytes)
			return "different limits for discard, write zeroes or secure erase";
	return NULL;
}

/*
 * Check that the jobs can continue on the device that came back: the features in use (EVENT_IDX may
 * change), the capacity, the block size and the limits. Restore the cache mode. Return false after
 * refusing the device.
 */
static bool check_same(struct reconnect *attempt, const struct vblk_device *device)
{
	const struct blk_dev *old = &device->dev;
	struct blk_dev *new = &attempt->dev;
	uint64_t gone = old->features & ~new->features & ~FEATURE(VIRTIO_RING_F_EVENT_IDX);
	const char *lower = lower_limit(old, new, device->nqueues);
	char names[200];

	if (gone) {
		feature_list(gone, names, sizeof(names));
		refuse(attempt, "without %s, which was in use", names);
	} else if (new->offered & ~old->offered & FEATURE(VIRTIO_BLK_F_RO)) {
		refuse(attempt, "read-only");
	} else if (new->capacity_bytes != old->capacity_bytes) {
		refuse(attempt, "with a capacity of %llu bytes instead of %llu",
		       (unsigned long long)new->capacity_bytes,
		       (unsigned long long)old->capacity_bytes);
	} else if (new->block_bytes != old->block_bytes) {
		refuse(attempt, "with logical blocks of %u bytes instead of %u", new->block_bytes,
		       old->block_bytes);
	} else if (lower) {
		refuse(attempt, "with %s", lower);
	} else if (new->writeback != old->writeback && blk_dev_set_writeback(new, old->writeback)) {
		refuse(attempt, "with a different cache mode: %s", new->error.text);
	} else {
		return true;
	}
	return false;
}

/* Keep the error message without the advice after the semicolon, which applies only to the start
 * of a run. */
static void note_error(struct reconnect *attempt)
{
	attempt->error = attempt->dev.error;
	attempt->error.text[strcspn(attempt->error.text, ";")] = 0;
}

/* Open the device again. Only features that were in use before are negotiated, because the queues
 * and the jobs depend on them. */
static void open_again(struct reconnect *attempt, const struct vblk_device *device,
		       unsigned int left_ms)
{
	const struct blk_dev *old = &device->dev;
	struct blk_dev_options options = {
		.require = old->features & FEATURE(VIRTIO_F_IN_ORDER),
		.forbid = BLK_DEV_FEATURES & ~old->features,
		.transport = device->options.transport,
		.inflight = device->options.inflight,
		.strict = device->options.strict,
	};
	unsigned int timeout_ms = (unsigned int)(device->first->options.timeout_us / 1000);
	int ret = blk_dev_open(&attempt->dev, device->path,
			       timeout_ms < left_ms ? timeout_ms : left_ms, &options);

	if (ret == -ENOTSUP) {
		refuse(attempt, "changed: %s", attempt->dev.error.text);
	} else if (ret) {
		note_error(attempt);
	} else if (check_same(attempt, device)) {
		attempt->dev.transport.timeout_ms = timeout_ms;
		*attempt->error.text = 0;
		attempt->stage = RECONNECT_OPENED;
	}
}

/* Return true if the back-end went away again while the keeper waited for the jobs. */
static bool hung_up(struct reconnect *attempt)
{
	struct transport *t = &attempt->dev.transport;

	if (t->ops->poll_events(t) == TRANSPORT_EVENT_NONE)
		return false;
	transport_close(t);
	attempt->stage = RECONNECT_OPEN;
	return true;
}

/* Return true if a running job uses the queue and has prepared it for the next connection. */
static bool ready_by_job(const struct control *control, uint32_t index)
{
	return control_queue_at_work(control, index) &&
	       control_queue_is_ready(&control->queue[index], atomic_load(&control->epoch));
}

/* Return true if every running job of a shared queue has prepared its part for the next connection.
 */
static bool all_sharers_ready(const struct control *control, uint32_t index)
{
	const struct queue_share *share = control->queue[index].share;
	const struct control_job *job;

	for (job = control->job; job < control->job + control->njobs; job++)
		/* Read the epoch before the ring: pairs with the release stores in
		 * shared_park() and park_queue(). */
		if (job->queue == index && atomic_load(&job->state) == CONTROL_JOB_RUNNING &&
		    atomic_load_explicit(&share->sharer[job->sharer].ready_epoch,
					 memory_order_acquire) != atomic_load(&control->epoch))
			return false;
	return true;
}

/* Return true if every running job has prepared its queue for the next connection. */
static bool all_ready(const struct control *control)
{
	uint32_t i;

	for (i = 0; i < control->nqueues; i++) {
		const struct control_queue *queue = &control->queue[i];

		if (atomic_load(&queue->retired) || (queue->share && queue->share->error))
			continue;
		if (queue->share ? !all_sharers_ready(control, i)
				 : control_queue_at_work(control, i) && !ready_by_job(control, i))
			return false;
	}
	return true;
}

/* Apply a change of EVENT_IDX, the only feature that may change, to a queue that no job uses. A job
 * applies the change to its own queue in park_resume(). */
static void follow_event_idx(const struct control *control, struct virtq *vq)
{
	vq->event_idx = control->event_idx;
	if (vq->formatted)
		virtq_disarm(vq);
}

/* Empty the ring of a shared queue, after its jobs have collected their requests. With an inflight
 * region, the back-end continues with the ring as it is. */
static void restart_shared(const struct vblk_device *device, uint32_t index)
{
	const struct queue_layout *layout = &device->layouts[index];
	struct control_queue *queue = &device->control->queue[index];
	struct share_wakes wakes = { .n = 0 };

	if (share_lock(queue->share))
		return;
	if (!device->options.inflight) {
		virtq_restart(&queue->vq, &layout->config, &layout->virtq,
			      device->dev.iova + layout->rings);
		share_restarted(queue->share);
	}
	follow_event_idx(device->control, &queue->vq);
	share_unlock(queue->share, &wakes);
}

/*
 * Prepare the queues that no running job uses. These include the queues of starting jobs, which
 * wait for the device before they use them (enter_device()). A retired queue is made to look empty,
 * because the device must not process its requests.
 */
static void prepare_queues(const struct vblk_device *device)
{
	unsigned char *arena = device->group->arena.base;
	uint32_t n;

	for (n = 0; n < device->nqueues; n++) {
		const struct queue_layout *layout = &device->layouts[n];
		struct control_queue *queue = &device->control->queue[n];
		struct transport_queue *start = &device->vrings[n];
		uint64_t count;

		/* Discard kicks that the previous back-end has not read. */
		if (read(queue->kick_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			continue;
		if (atomic_load(&queue->retired) || (queue->share && queue->share->error)) {
			if (queue->vq.formatted)
				memset(arena + layout->rings, 0, layout->virtq.slot);
			start->base = layout->config.packed ? VIRTQ_BASE_PACKED : 0;
			continue;
		}
		if (queue->share) {
			restart_shared(device, n);
		} else if (!ready_by_job(device->control, n)) {
			if (!device->options.inflight)
				virtq_restart(&queue->vq, &layout->config, &layout->virtq,
					      device->dev.iova + layout->rings);
			follow_event_idx(device->control, &queue->vq);
		}
		start->base = virtq_base(&queue->vq);
	}
}

static void start_again(struct reconnect *attempt, struct vblk_device *device)
{
	device->control->event_idx = blk_dev_has(&attempt->dev, VIRTIO_RING_F_EVENT_IDX);
	prepare_queues(device);
	transport_inherit(&attempt->dev.transport, &device->dev.transport);
	if (blk_dev_start(&attempt->dev, &device->group->arena, device->vrings, device->nqueues)) {
		note_error(attempt);
		attempt->stage = RECONNECT_OPEN;
		return;
	}
	/* Leave the other fields of @device->dev alone: they have not changed, and jobs that are
	 * threads may be reading them. */
	transport_move(&device->dev.transport, &attempt->dev.transport);
	device->dev.status = attempt->dev.status;
	attempt->stage = RECONNECT_DONE;
}

/**
 * reconnect_step - carry out the next step of an attempt to reconnect
 * @attempt: attempt
 * @device: device that is away
 * @left_ms: time that is left for the whole attempt, in milliseconds
 *
 * If the back-end cannot be reached, or goes away again, the next call starts over.
 */
void reconnect_step(struct reconnect *attempt, struct vblk_device *device, unsigned int left_ms)
{
	if (attempt->stage == RECONNECT_OPEN)
		open_again(attempt, device, left_ms);
	else if (attempt->stage == RECONNECT_OPENED && !hung_up(attempt) &&
		 all_ready(device->control))
		start_again(attempt, device);
}
