/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetched requests whose completion is delayed by a fault order (orders.h) or by --delay-us
 *
 * A held request is executed when it is due, not when it is fetched: if its queue stops first, the
 * request is discarded and has had no effect. Until it is due, a copy of its chain is kept in
 * separate memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/vblk-device/held.h"

#define NS_PER_US 1000u

/* A reordered request is completed after this time even if no later request has completed. */
#define REORDER_NS 50000000u

/**
 * vdev_held_delay_us - choose the delay of the next request of a device with --delay-us
 *
 * Return a delay in microseconds between the minimum and the maximum of --delay-us. The sequence of
 * delays in a thread is the same each time the device is started.
 */
uint64_t vdev_held_delay_us(void)
{
	static __thread uint64_t chance = 1;

	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return vdev_opt.delay_min_us +
	       (chance >> 33) % (vdev_opt.delay_max_us - vdev_opt.delay_min_us + 1);
}

/**
 * vdev_held_add - hold the request just fetched
 * @q: queue
 * @fault: what the orders require for the request
 * @nr: number of the request in its queue, from 0
 * @entry: entry of the request in the inflight region
 *
 * Return 0 or -ENOMEM.
 */
int vdev_held_add(struct vdev_queue *q, const struct vdev_fault *fault, uint64_t nr, uint16_t entry)
{
	const struct vdev_chain *c = q->chain;
	struct vdev_held *h = malloc(sizeof(*h) + c->nr_iov * sizeof(*h->iov)), **at = &q->held;

	if (!h)
		return -ENOMEM;
	*h = (struct vdev_held){
		.chain = *c,
		.fault = *fault,
		.nr = nr,
		.due_ns = UINT64_MAX,
		.clears = load_relaxed(&vdev_orders_clears),
		.entry = entry,
	};
	memcpy(h->iov, c->iov, c->nr_iov * sizeof(*h->iov));
	h->chain.iov = h->iov;
	if (fault->hold == VDEV_HOLD_DELAY)
		h->due_ns = vdev_now_ns() + fault->delay_us * NS_PER_US;
	else if (fault->hold == VDEV_HOLD_REORDER)
		h->due_ns = vdev_now_ns() + REORDER_NS;
	while (*at)
		at = &(*at)->next;
	*at = h;
	q->nr_held++;
	/* With --delay-us every request is held: do not print a line for each. */
	if (vdev_opt.verbose && !vdev_opt.delay_max_us)
		fprintf(stderr, "vblk-device: queue %u: request %llu is held\n", q->index,
			(unsigned long long)nr);
	return 0;
}

/* Return true if at least one of the requests that were fetched after @h is no longer held. */
static bool overtaken(const struct vdev_queue *q, const struct vdev_held *h)
{
	uint64_t later = q->nr_requests - h->nr - 1;

	for (const struct vdev_held *other = h->next; other; other = other->next)
		later--;
	return later > 0;
}

/**
 * vdev_held_take - remove a request that is due from the list of held requests
 * @q: queue; nr_requests includes all fetched requests
 *
 * Return the request, which the caller executes and frees, or NULL if no request is due.
 */
struct vdev_held *vdev_held_take(struct vdev_queue *q)
{
	unsigned int clears = load_relaxed(&vdev_orders_clears);
	uint64_t now = vdev_now_ns();

	for (struct vdev_held **at = &q->held, *h; (h = *at); at = &h->next) {
		if (h->fault.hold == VDEV_HOLD_DROP)
			continue;
		if (h->due_ns > now && h->clears == clears &&
		    !(h->fault.hold == VDEV_HOLD_REORDER && overtaken(q, h)))
			continue;
		q->nr_overtaken += overtaken(q, h);
		*at = h->next;
		return h;
	}
	return NULL;
}

/**
 * vdev_held_wait_ns - compute how long the worker can sleep before a held request is due
 * @q: queue
 *
 * Return the time in nanoseconds until vdev_held_take() returns a request, or -1 if no held request
 * becomes due with time.
 */
int64_t vdev_held_wait_ns(const struct vdev_queue *q)
{
	uint64_t due = UINT64_MAX, now;

	for (const struct vdev_held *h = q->held; h; h = h->next) {
		if (h->fault.hold == VDEV_HOLD_DROP)
			continue;
		if (h->clears != load_relaxed(&vdev_orders_clears))
			return 0;
		if (h->due_ns < due)
			due = h->due_ns;
	}
	if (due == UINT64_MAX)
		return -1;
	now = vdev_now_ns();
	return due <= now ? 0 : (int64_t)(due - now);
}

/**
 * vdev_held_forget - discard all held requests of a queue that has stopped
 * @q: queue, detached from its worker
 *
 * The requests stay recorded in the inflight region, if there is one.
 */
void vdev_held_forget(struct vdev_queue *q)
{
	while (q->held) {
		struct vdev_held *h = q->held;

		q->held = h->next;
		free(h);
	}
}
