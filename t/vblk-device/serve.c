/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serving one queue: fetch, execute, publish, signal
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "t/vblk-device/held.h"
#include "t/vblk-device/packed.h"
#include "t/vblk-device/split.h"

/*
 * Requests between two updates of the used ring: enough to share the cost, few enough not to delay
 * the first.
 */
#define BATCH 32u

/**
 * vdev_eventfd_ring - wake who waits
 * @fd: eventfd
 */
void vdev_eventfd_ring(int fd)
{
	/* EAGAIN: the counter is full, so the other side has not slept through anything. */
	while (eventfd_write(fd, 1) && errno == EINTR)
		;
}

static void publish(struct vdev_queue *q)
{
	if (q->is_packed)
		packed_publish(q);
	else
		split_publish(q);
}

static void signal_driver(struct vdev_queue *q)
{
	/*
	 * Without a call eventfd the driver polls, and what it writes about signals means nothing.
	 */
	if (q->call_fd < 0)
		return;
	if (q->is_packed ? packed_signal_due(q) : split_signal_due(q)) {
		q->nr_calls++;
		vdev_eventfd_ring(q->call_fd);
	}
}

static inline void complete(struct vdev_queue *q, uint32_t len)
{
	if (q->is_packed)
		packed_complete(q, len);
	else
		split_complete(q, len);
}

static inline void execute(struct vdev_queue *q)
{
	complete(q, vdev_request_execute(q, q->chain));
}

/* ---- with an inflight region ---- */

/* Note in the region that the request just fetched is being worked on; false: it has no room. */
static bool note(struct vdev_queue *q, uint16_t *entry)
{
	const struct vdev_chain *c = q->chain;
	uint16_t first;

	if (!q->is_packed) {
		*entry = c->id;
		rte_vhost_set_inflight_desc_split(q->vid, q->index, c->id);
		return true;
	}
	first = (uint16_t)((c->last_slot + q->size + 1 - c->slots) % q->size);
	if (!rte_vhost_set_inflight_desc_packed(q->vid, q->index, first, c->last_slot, entry))
		return true;
	q->broken = true;
	return false;
}

/*
 * A note is removed together with its request's publication: one at a time, since the library's
 * recovery knows of one request between the two.
 */
static void complete_noted(struct vdev_queue *q, uint32_t len, uint16_t entry)
{
	complete(q, len);
	if (q->is_packed) {
		rte_vhost_set_last_inflight_io_packed(q->vid, q->index, entry);
		publish(q);
		rte_vhost_clr_inflight_desc_packed(q->vid, q->index, entry);
	} else {
		rte_vhost_set_last_inflight_io_split(q->vid, q->index, entry);
		publish(q);
		rte_vhost_clr_inflight_desc_split(q->vid, q->index, q->split.last_used, entry);
	}
	q->round++;
}

static void execute_noted(struct vdev_queue *q)
{
	uint16_t entry;

	if (note(q, &entry))
		complete_noted(q, vdev_request_execute(q, q->chain), entry);
}

/* ---- with orders, or delayed ---- */

static void execute_faulty(struct vdev_queue *q, const struct vdev_fault *fault, uint16_t entry)
{
	struct vdev_chain *c = q->chain;
	uint8_t nowhere;
	uint32_t len;

	if (c->bad || !c->status || !fault->twist) {
		len = vdev_request_execute(q, c);
	} else if (fault->twist == VDEV_TWIST_NO_STATUS) {
		c->status = &nowhere;
		len = vdev_request_execute(q, c);
	} else if (fault->twist == VDEV_TWIST_NO_DATA) {
		*c->status = VIRTIO_BLK_S_OK;
		len = (uint32_t)c->writable_bytes;
	} else {
		*c->status = fault->status;
		/* What comes before the status has not been written: the length stops there. */
		len = c->writable_bytes == 1;
	}
	if (q->inflight)
		complete_noted(q, len, entry);
	else
		complete(q, len);
}

/* The request just fetched, @nr of its queue; false: no more of the queue for now. */
static __attribute__((noinline, cold)) bool obey(struct vdev_queue *q, uint64_t nr)
{
	struct vdev_fault fault;
	uint16_t entry = 0;

	if (q->inflight && !note(q, &entry))
		return false;
	vdev_orders_match(q->chain, &fault);
	if (fault.die)
		raise(SIGKILL);
	if (!fault.hold && vdev_opt.delay_max_us) {
		fault.hold = VDEV_HOLD_DELAY;
		fault.delay_us = vdev_held_delay_us();
	}
	if (!fault.hold) {
		execute_faulty(q, &fault, entry);
		return true;
	}
	if (vdev_held_add(q, &fault, nr, entry))
		q->broken = true;
	/* In order, everything behind it waits as well. */
	return !q->in_order && !q->broken;
}

/* Complete the held requests whose time has come; returns how many. */
static __attribute__((noinline, cold)) unsigned int release(struct vdev_queue *q)
{
	struct vdev_chain *own = q->chain;
	struct vdev_held *h;
	unsigned int nr = 0;

	for (; (h = vdev_held_take(q)); nr++) {
		q->chain = &h->chain;
		execute_faulty(q, &h->fault, h->entry);
		free(h);
	}
	q->chain = own;
	return nr;
}

static bool held_up(const struct vdev_queue *q)
{
	return q->in_order && q->held;
}

/* ---- serving ---- */

/* The request just fetched, @nr of its queue; false: no more of the queue for now. */
static inline bool handle(struct vdev_queue *q, uint64_t nr)
{
	if (vdev_unlikely(load_relaxed(&vdev_orders_pending) || vdev_opt.delay_max_us))
		return obey(q, nr);
	if (vdev_unlikely(q->inflight))
		execute_noted(q);
	else
		execute(q);
	return true;
}

static unsigned int serve_split(struct vdev_queue *q)
{
	unsigned int nr = 0, max = split_available(q);

	if (max > BATCH)
		max = BATCH;
	while (nr < max) {
		split_fetch(q);
		if (!handle(q, q->nr_requests + nr++))
			break;
	}
	return nr;
}

static unsigned int serve_packed(struct vdev_queue *q)
{
	unsigned int nr = 0;

	while (nr < BATCH && !q->broken && packed_available(q)) {
		packed_fetch(q);
		if (!handle(q, q->nr_requests + nr++))
			break;
	}
	return nr;
}

/**
 * vdev_serve_kicks - ask the driver for kicks, or to leave them
 * @q: queue
 * @on: kicks are wanted, from the next request on
 */
void vdev_serve_kicks(struct vdev_queue *q, bool on)
{
	if (q->is_packed)
		packed_kicks(q, on);
	else
		split_kicks(q, on);
	q->armed = on;
}

/**
 * vdev_serve - do the requests that wait in a queue, a batch at most
 * @q: queue
 *
 * And those that were held back until now. Returns how many there were.
 */
unsigned int vdev_serve(struct vdev_queue *q)
{
	unsigned int nr = 0;

	if (!q->kicked || q->broken)
		return 0;
	if (vdev_likely(!held_up(q)))
		nr = q->is_packed ? serve_packed(q) : serve_split(q);
	q->nr_requests += nr;
	if (vdev_unlikely(q->held))
		nr += release(q);
	if (!nr)
		return 0;
	q->round++;
	if (!q->inflight)
		publish(q);
	signal_driver(q);
	if (q->armed)
		vdev_serve_kicks(q, false);
	return nr;
}

/**
 * vdev_serve_waiting - is there something for vdev_serve()?
 * @q: queue
 */
bool vdev_serve_waiting(struct vdev_queue *q)
{
	if (!q->kicked || q->broken || held_up(q))
		return false;
	return q->is_packed ? packed_available(q) : split_available(q) != 0;
}

/*
 * A packed request that was in flight when an earlier device died, as the inflight region kept it.
 */
static bool fetch_saved(struct vdev_queue *q, const struct rte_vhost_inflight_info_packed *info,
			uint16_t entry)
{
	struct vdev_chain *c = q->chain;
	uint16_t nr = info->desc[entry].num, i = entry;

	vdev_chain_reset(c);
	if (nr > q->size)
		return false;
	for (; c->slots < nr; c->slots++) {
		if (i >= q->size)
			return false;
		packed_add(q, le64toh(info->desc[i].addr), le32toh(info->desc[i].len),
			   le16toh(info->desc[i].flags));
		c->id = le16toh(info->desc[i].id);
		i = info->desc[i].next;
	}
	vdev_chain_done(q, c);
	packed_advance(&q->packed.avail_idx, &q->packed.avail_wrap, nr, q->size);
	return true;
}

/**
 * vdev_serve_resubmit - do again what an earlier device took and did not finish, oldest first
 * @q: queue, with an inflight region
 *
 * They do not count for orders, which had their turn with the earlier one.
 */
void vdev_serve_resubmit(struct vdev_queue *q)
{
	struct rte_vhost_ring_inflight ring;
	struct rte_vhost_resubmit_info *info;

	if (rte_vhost_get_vhost_ring_inflight(q->vid, q->index, &ring) || !ring.resubmit_inflight)
		return;
	info = ring.resubmit_inflight;
	/* The library sorts the newest first. */
	while (info->resubmit_num) {
		uint16_t entry = info->resubmit_list[--info->resubmit_num].index;

		q->nr_requests++;
		q->round++;
		if (!q->is_packed)
			split_fetch_head(q, entry);
		else if (!fetch_saved(q, ring.inflight_packed, entry))
			continue;
		complete_noted(q, vdev_request_execute(q, q->chain), entry);
		signal_driver(q);
	}
	q->round++;
}
