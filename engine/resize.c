// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only the keeper may use the connection. A job asks the keeper by incrementing @size_requests in
 * the control page. The keeper writes the current capacity of the device to @size_bytes, and the
 * value of @size_requests that it has seen to @size_answered.
 */
#include "engine/job.h"
#include "engine/keeper.h"
#include "engine/resize.h"
#include "engine/run.h"

/* Time between two checks for the keeper's answer. */
#define STEP_MS 1

/* Time that the keeper may take in addition to the timeout of the device. */
#define SLACK_MS 1000

/* Return true if the keeper runs, and the device can be expected to answer. */
static bool keeper_will_answer(struct control *control)
{
	return keeper_lives(control) && atomic_load(&control->state) == CONTROL_UP &&
	       !atomic_load(&control->unanswered);
}

/* Return the current capacity of the device in bytes, 0 = not known. */
static uint64_t read_size(const struct vblk_device *device)
{
	struct control *control = device->control;
	unsigned int left_ms = (unsigned int)(device->first->options.timeout_us / 1000) + SLACK_MS;
	uint32_t number;

	if (!keeper_will_answer(control))
		return 0;
	number = atomic_fetch_add(&control->size_requests, 1) + 1;
	keeper_wake(device);
	while (left_ms > STEP_MS && keeper_will_answer(control)) {
		/* Read the number before the answer: pairs with the release store in answer_size().
		 */
		uint32_t answered =
			atomic_load_explicit(&control->size_answered, memory_order_acquire);

		if ((int32_t)(answered - number) >= 0)
			return atomic_load(&control->size_bytes);
		keeper_await(control, CONTROL_UP, STEP_MS);
		left_ms -= STEP_MS;
	}
	return 0;
}

/**
 * resize_note - report once per device that its capacity has changed
 * @job: job that is about to end
 *
 * Checks only devices that have failed requests of the job (VIRTIO_BLK_S_IOERR). Waits no longer
 * than vblk_timeout plus one second, and does not wait for a device that is away, lost or stuck.
 */
void resize_note(const struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++) {
		const struct vblk_queue *q = &job->queue[i];
		uint64_t had = q->device->dev.capacity_bytes, has;

		if (!q->io_errors || atomic_load(&q->device->control->reported_resized))
			continue;
		has = read_size(q->device);
		if (!has || has == had || atomic_exchange(&q->device->control->reported_resized, 1))
			continue;
		log_err("vblk: %s: capacity is now %llu bytes; it was %llu when the run began%s\n",
			q->device->path, (unsigned long long)has, (unsigned long long)had,
			has < had ? "; requests beyond the end of the device fail" : "");
	}
}
