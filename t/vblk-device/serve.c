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
 * Maximum number of requests between two updates of the used ring: enough to share the cost, and
 * few enough not to delay the first completion.
 */
#define BATCH 32u

/**
 * vdev_eventfd_ring - signal an eventfd
 * @fd: eventfd
 */
void vdev_eventfd_ring(int fd)
{
	/* EAGAIN means that the counter is full: a notification is pending already. */
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
	/* Without a call eventfd the driver polls, and its event suppression has no meaning. */
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

/* Record the request just fetched in the inflight region. Return false if this fails. */
static bool inflight_record(struct vdev_queue *q, uint16_t *entry)
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
 * Publish the completion of a request and remove its record from the inflight region. Do this for
 * one request at a time: the library's recovery can handle only one request whose completion is
 * published while its record still exists.
 */
static void complete_recorded(struct vdev_queue *q, uint32_t len, uint16_t entry)
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

static void execute_recorded(struct vdev_queue *q)
{
	uint16_t entry;

	if (inflight_record(q, &entry))
		complete_recorded(q, vdev_request_execute(q, q->chain), entry);
}

/* ---- with orders, or delayed ---- */

static void execute_faulty(struct vdev_queue *q, const struct vdev_fault *fault, uint16_t entry)
{
	struct vdev_chain *c = q->chain;
	uint8_t discarded;
	uint32_t len;

	if (c->bad || !c->status || !fault->defect) {
		len = vdev_request_execute(q, c);
	} else if (fault->defect == VDEV_DEFECT_NO_STATUS) {
		c->status = &discarded;
		len = vdev_request_execute(q, c);
	} else if (fault->defect == VDEV_DEFECT_NO_DATA) {
		*c->status = VIRTIO_BLK_S_OK;
		len = (uint32_t)c->writable_bytes;
	} else {
		*c->status = fault->status;
		/*
		 * The bytes before the status were not written, and the used length must not
		 * include them. Therefore the used length is 0 unless the status is the only
		 * writable byte.
		 */
		len = c->writable_bytes == 1;
	}
	if (q->inflight)
		complete_recorded(q, len, entry);
	else
		complete(q, len);
}

/*
 * Handle the request just fetched, number @nr of its queue, while there are orders or delays.
 * Return false if the queue must wait before its next request is fetched.
 */
static __attribute__((noinline, cold)) bool handle_faulty(struct vdev_queue *q, uint64_t nr)
{
	struct vdev_fault fault;
	uint16_t entry = 0;

	if (q->inflight && !inflight_record(q, &entry))
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
	/* With IN_ORDER, all later requests must wait for the held one. */
	return !q->in_order && !q->broken;
}

/* Complete the held requests that are due. Return their number. */
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

/*
 * Handle the request just fetched, number @nr of its queue. Return false if the queue must wait
 * before its next request is fetched.
 */
static inline bool handle(struct vdev_queue *q, uint64_t nr)
{
	if (vdev_unlikely(load_relaxed(&vdev_orders_pending) || vdev_opt.delay_max_us))
		return handle_faulty(q, nr);
	if (vdev_unlikely(q->inflight))
		execute_recorded(q);
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
 * vdev_serve_kicks - enable or disable available buffer notifications (kicks)
 * @q: queue
 * @on: true to get a kick for the next request
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
 * vdev_serve - handle the requests available in a queue, at most one batch
 * @q: queue
 *
 * Also completes the held requests that are due.
 *
 * Return the number of requests handled or completed.
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
 * vdev_serve_waiting - check for requests that vdev_serve() can fetch
 * @q: queue
 */
bool vdev_serve_waiting(struct vdev_queue *q)
{
	if (!q->kicked || q->broken || held_up(q))
		return false;
	return q->is_packed ? packed_available(q) : split_available(q) != 0;
}

/*
 * Gather the buffers of a packed-ring request that was in flight when an earlier device process
 * died, from the inflight region. Return false if its record is invalid.
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
 * vdev_serve_resubmit - execute the requests that an earlier device process did not complete
 * @q: queue with an inflight region
 *
 * Starts with the oldest request. Orders do not count these requests, because the orders of the
 * earlier process have already counted them.
 */
void vdev_serve_resubmit(struct vdev_queue *q)
{
	struct rte_vhost_ring_inflight ring;
	struct rte_vhost_resubmit_info *info;

	if (rte_vhost_get_vhost_ring_inflight(q->vid, q->index, &ring) || !ring.resubmit_inflight)
		return;
	info = ring.resubmit_inflight;
	/* The newest request comes first in the library's list. */
	while (info->resubmit_num) {
		uint16_t entry = info->resubmit_list[--info->resubmit_num].index;

		q->nr_requests++;
		q->round++;
		if (!q->is_packed)
			split_fetch_head(q, entry);
		else if (!fetch_saved(q, ring.inflight_packed, entry))
			continue;
		complete_recorded(q, vdev_request_execute(q, q->chain), entry);
		signal_driver(q);
	}
	q->round++;
}
