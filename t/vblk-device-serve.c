/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serving one queue: fetch, execute, publish, signal
 */
#include <errno.h>
#include <sys/eventfd.h>

#include "vblk-device-packed.h"
#include "vblk-device-split.h"

/*
 * Requests between two updates of the used ring: enough to share the cost, few enough not to delay
 * the first.
 */
#define BATCH 32u

/**
 * vblk_eventfd_ring - wake who waits
 * @fd: eventfd
 */
void vblk_eventfd_ring(int fd)
{
	/* EAGAIN: the counter is full, so the other side has not slept through anything. */
	while (eventfd_write(fd, 1) && errno == EINTR)
		;
}

static void publish(struct vblk_queue *q)
{
	if (q->is_packed)
		packed_publish(q);
	else
		split_publish(q);
}

static void signal_driver(struct vblk_queue *q)
{
	/*
	 * Without a call eventfd the driver polls, and what it writes about signals means nothing.
	 */
	if (q->call_fd < 0)
		return;
	if (q->is_packed ? packed_signal_due(q) : split_signal_due(q)) {
		q->nr_calls++;
		vblk_eventfd_ring(q->call_fd);
	}
}

static inline void execute(struct vblk_queue *q)
{
	uint32_t len = vblk_request_execute(q, q->chain);

	if (q->is_packed)
		packed_complete(q, len);
	else
		split_complete(q, len);
}

/*
 * With an inflight region every request is noted there, and its note removed together with its
 * publication: one at a time, since the library's recovery knows of one request between the two.
 */
static void execute_noted(struct vblk_queue *q)
{
	uint16_t id = q->chain->id, entry;

	if (q->is_packed) {
		uint16_t first =
			(uint16_t)((q->chain->last_slot + q->size + 1 - q->chain->slots) % q->size);

		if (rte_vhost_set_inflight_desc_packed(q->vid, q->index, first, q->chain->last_slot,
						       &entry)) {
			q->broken = true;
			return;
		}
		execute(q);
		rte_vhost_set_last_inflight_io_packed(q->vid, q->index, entry);
		publish(q);
		rte_vhost_clr_inflight_desc_packed(q->vid, q->index, entry);
	} else {
		rte_vhost_set_inflight_desc_split(q->vid, q->index, id);
		execute(q);
		rte_vhost_set_last_inflight_io_split(q->vid, q->index, id);
		publish(q);
		rte_vhost_clr_inflight_desc_split(q->vid, q->index, q->split.last_used, id);
	}
	q->round++;
}

static unsigned int serve_split(struct vblk_queue *q)
{
	unsigned int nr = split_available(q);

	if (nr > BATCH)
		nr = BATCH;
	for (unsigned int i = 0; i < nr; i++) {
		split_fetch(q);
		if (vblk_unlikely(q->inflight))
			execute_noted(q);
		else
			execute(q);
	}
	return nr;
}

static unsigned int serve_packed(struct vblk_queue *q)
{
	unsigned int nr = 0;

	for (; nr < BATCH && !q->broken && packed_available(q); nr++) {
		packed_fetch(q);
		if (vblk_unlikely(q->inflight))
			execute_noted(q);
		else
			execute(q);
	}
	return nr;
}

/**
 * vblk_serve_kicks - ask the driver for kicks, or to leave them
 * @q: queue
 * @on: kicks are wanted, from the next request on
 */
void vblk_serve_kicks(struct vblk_queue *q, bool on)
{
	if (q->is_packed)
		packed_kicks(q, on);
	else
		split_kicks(q, on);
	q->armed = on;
}

/**
 * vblk_serve - do the requests that wait in a queue, a batch at most
 * @q: queue
 *
 * Returns how many there were.
 */
unsigned int vblk_serve(struct vblk_queue *q)
{
	unsigned int nr;

	if (!q->kicked || q->broken)
		return 0;
	nr = q->is_packed ? serve_packed(q) : serve_split(q);
	if (!nr)
		return 0;
	q->nr_requests += nr;
	q->round++;
	if (!q->inflight)
		publish(q);
	signal_driver(q);
	if (q->armed)
		vblk_serve_kicks(q, false);
	return nr;
}

/**
 * vblk_serve_waiting - is there something for vblk_serve()?
 * @q: queue
 */
bool vblk_serve_waiting(struct vblk_queue *q)
{
	if (!q->kicked || q->broken)
		return false;
	return q->is_packed ? packed_available(q) : split_available(q) != 0;
}

/*
 * A packed request that was in flight when an earlier device died, as the inflight region kept it.
 */
static bool fetch_saved(struct vblk_queue *q, const struct rte_vhost_inflight_info_packed *info,
			uint16_t entry)
{
	struct vblk_chain *c = q->chain;
	uint16_t nr = info->desc[entry].num, i = entry;

	vblk_chain_reset(c);
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
	vblk_chain_done(q, c);
	packed_advance(&q->packed.avail_idx, &q->packed.avail_wrap, nr, q->size);
	return true;
}

/**
 * vblk_serve_resubmit - do again what an earlier device took and did not finish, oldest first
 * @q: queue, with an inflight region
 */
void vblk_serve_resubmit(struct vblk_queue *q)
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
		if (q->is_packed) {
			if (!fetch_saved(q, ring.inflight_packed, entry))
				continue;
			execute(q);
			rte_vhost_set_last_inflight_io_packed(q->vid, q->index, entry);
			publish(q);
			rte_vhost_clr_inflight_desc_packed(q->vid, q->index, entry);
		} else {
			split_fetch_head(q, entry);
			execute(q);
			rte_vhost_set_last_inflight_io_split(q->vid, q->index, entry);
			publish(q);
			rte_vhost_clr_inflight_desc_split(q->vid, q->index, q->split.last_used,
							  entry);
		}
		signal_driver(q);
	}
	q->round++;
}
