/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that were fetched and wait for their completion, because of an order
 *
 * They are executed when their time comes, not before: what a stopped queue forgets has not been
 * done. So a request is kept as it was fetched, in memory of its own.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vblk-device-held.h"

#define NS_PER_MS 1000000ull

/* A request that waits for a later one is completed at last when none comes. */
#define REORDER_MS 50u

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/**
 * vblk_held_add - hold the request just fetched
 * @q: queue
 * @fault: how long, and what then
 * @nr: its number among the queue's requests
 * @entry: where the inflight region notes it
 *
 * Returns 0 or -ENOMEM.
 */
int vblk_held_add(struct vblk_queue *q, const struct vblk_fault *fault, uint64_t nr, uint16_t entry)
{
	const struct vblk_chain *c = q->chain;
	struct vblk_held *h = malloc(sizeof(*h) + c->nr_iov * sizeof(*h->iov)), **at = &q->held;

	if (!h)
		return -ENOMEM;
	*h = (struct vblk_held){
		.chain = *c,
		.fault = *fault,
		.nr = nr,
		.due_ns = UINT64_MAX,
		.clears = load_relaxed(&vblk_orders_clears),
		.entry = entry,
	};
	memcpy(h->iov, c->iov, c->nr_iov * sizeof(*h->iov));
	h->chain.iov = h->iov;
	if (fault->hold == VBLK_HOLD_DELAY)
		h->due_ns = now_ns() + fault->delay_ms * NS_PER_MS;
	else if (fault->hold == VBLK_HOLD_REORDER)
		h->due_ns = now_ns() + REORDER_MS * NS_PER_MS;
	while (*at)
		at = &(*at)->next;
	*at = h;
	q->nr_held++;
	if (vblk_opt.verbose)
		fprintf(stderr, "vblk-device: queue %u: request %llu is held\n", q->index,
			(unsigned long long)nr);
	return 0;
}

/* Requests fetched later, and completed: those that are not held themselves. */
static bool overtaken(const struct vblk_queue *q, const struct vblk_held *h)
{
	uint64_t later = q->nr_requests - h->nr - 1;

	for (const struct vblk_held *other = h->next; other; other = other->next)
		later--;
	return later > 0;
}

/**
 * vblk_held_take - take a request off the list that is to be completed now
 * @q: queue, its requests all counted
 *
 * Returns NULL if there is none, else a request that the caller executes and frees.
 */
struct vblk_held *vblk_held_take(struct vblk_queue *q)
{
	unsigned int clears = load_relaxed(&vblk_orders_clears);
	uint64_t now = now_ns();

	for (struct vblk_held **at = &q->held, *h; (h = *at); at = &h->next) {
		bool passed = overtaken(q, h);

		if (h->fault.hold == VBLK_HOLD_DROP)
			continue;
		if (h->due_ns > now && h->clears == clears &&
		    !(h->fault.hold == VBLK_HOLD_REORDER && passed))
			continue;
		*at = h->next;
		q->nr_overtaken += passed;
		return h;
	}
	return NULL;
}

/**
 * vblk_held_wait_ms - how long a queue can be left alone
 * @q: queue
 *
 * Returns milliseconds until vblk_held_take() has something, -1 if nothing will come by itself.
 */
int vblk_held_wait_ms(const struct vblk_queue *q)
{
	uint64_t due = UINT64_MAX, now, ms;

	for (const struct vblk_held *h = q->held; h; h = h->next) {
		if (h->fault.hold == VBLK_HOLD_DROP)
			continue;
		if (h->clears != load_relaxed(&vblk_orders_clears))
			return 0;
		if (h->due_ns < due)
			due = h->due_ns;
	}
	if (due == UINT64_MAX)
		return -1;
	now = now_ns();
	if (due <= now)
		return 0;
	ms = (due - now + NS_PER_MS - 1) / NS_PER_MS;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/**
 * vblk_held_forget - drop every request that is held: the queue stops
 * @q: queue, not attached to its worker
 *
 * They stay noted in the inflight region, if there is one.
 */
void vblk_held_forget(struct vblk_queue *q)
{
	while (q->held) {
		struct vblk_held *h = q->held;

		q->held = h->next;
		free(h);
	}
}
