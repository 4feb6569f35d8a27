// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection is the keeper's: a job asks by counting up a number in the control page, and the
 * keeper answers with the capacity that the device has, and with the number it has seen.
 */
#include "engine/job.h"
#include "engine/keeper.h"
#include "engine/resize.h"
#include "engine/run.h"

/* Time between two looks for the keeper's answer. */
#define STEP_MS 1

/* More than the device's own time to answer. */
#define SLACK_MS 1000

/* Has the device the keeper's attention, and may it be expected to answer? */
static bool keeper_will_answer(struct control *control)
{
	return keeper_lives(control) && atomic_load(&control->state) == CONTROL_UP &&
	       !atomic_load(&control->unanswered);
}

/* The device's capacity at present; 0: it is not known. */
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
		/* The answer after its number: pairs with the keeper's release. */
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
 * resize_note - say, once a device, that its size has changed, if requests of a job have failed
 * @job: job that is about to end
 *
 * Waits no longer than vblk_timeout and a second, and not at all for a device that is gone or
 * stuck.
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
		log_err("vblk: %s: the device has %llu bytes now and had %llu when the run began%s\n",
			q->device->path, (unsigned long long)has, (unsigned long long)had,
			has < had ? ": requests beyond its end fail" : "");
	}
}
