/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start and stop of queues, and the checks at the start of a queue
 *
 * All functions here run in the single event thread of the vhost library (and, at exit, in the main
 * thread).
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "t/vblk-device/held.h"

/*
 * Return true if the cache is in write-back mode. With CONFIG_WCE, the writeback field decides;
 * otherwise a driver that accepted FLUSH is assumed to flush (VIRTIO 1.3, 5.2.5).
 */
static bool may_write_back(const struct vdev_conn *conn)
{
	if (conn->features & BIT(VIRTIO_BLK_F_CONFIG_WCE))
		return conn->writeback;
	return conn->features & BIT(VIRTIO_BLK_F_FLUSH);
}

/**
 * vdev_queues_usable - check that the driver accepted the features that the device requires
 * @conn: connection
 *
 * A host-managed device requires ZONED (VIRTIO 1.3, 5.2.5.2).
 */
bool vdev_queues_usable(const struct vdev_conn *conn)
{
	return !vdev_opt.zoned || conn->features & BIT(VDEV_F_ZONED);
}

static int regions_load(struct vdev_queue *q)
{
	struct rte_vhost_memory *mem;

	if (rte_vhost_get_mem_table(q->vid, &mem))
		return -EIO;
	q->nr_regions = mem->nregions < VDEV_MAX_REGIONS ? mem->nregions : VDEV_MAX_REGIONS;
	for (unsigned int i = 0; i < q->nr_regions; i++) {
		const struct rte_vhost_mem_region *r = &mem->regions[i];

		q->region[i] =
			(struct vdev_region){ r->guest_phys_addr, r->guest_phys_addr + r->size,
					      (uintptr_t)r->host_user_addr };
	}
	free(mem);
	return 0;
}

static bool aligned(const void *p, uintptr_t to)
{
	return (uintptr_t)p % to == 0;
}

/**
 * vdev_queue_check_base - check that the position in SET_VRING_BASE matches the ring in memory
 * @conn: connection
 * @q: queue
 *
 * This check is most reliable at SET_VRING_KICK, when the addresses of the ring are known. After
 * that message, the driver may have added requests to the ring.
 */
void vdev_queue_check_base(const struct vdev_conn *conn, struct vdev_queue *q)
{
	bool inflight = conn->protocol_features & BIT(VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD);
	bool wrap = q->base >> 15 & 1;
	struct rte_vhost_vring v;
	uint16_t flags;

	if (!q->base_given || rte_vhost_get_vhost_vring(q->vid, q->index, &v) || !v.desc || !v.used)
		return;
	q->base_given = false;
	if (!(conn->features & BIT(VIRTIO_F_RING_PACKED))) {
		/*
		 * By now the library has set the position to used->idx, whatever the driver sent.
		 */
		if (!inflight && (uint16_t)q->base != le16toh(load_relaxed(&v.used->idx)))
			vdev_rule("VU-14", "queue %u: SET_VRING_BASE %u, but used.idx is %u",
				  q->index, q->base, le16toh(load_relaxed(&v.used->idx)));
		return;
	}
	/*
	 * The library's reply to GET_VRING_BASE contains only the lower half, and the driver may
	 * send that value back unchanged.
	 */
	if (q->base >> 16 != (q->base & 0xffff) && !q->base_returned && !inflight)
		vdev_rule(
			"VU-12",
			"queue %u: SET_VRING_BASE 0x%08x: the two halves must be equal for an idle packed ring",
			q->index, q->base);
	if ((q->base & 0x7fff) >= v.size)
		return;
	flags = le16toh(load_relaxed(&v.desc_packed[q->base & 0x7fff].flags));
	/*
	 * The descriptor at this position must become the next available one, but its flags mark it
	 * as used in the current lap: the wrap counter is wrong.
	 */
	if ((flags >> VRING_PACKED_DESC_F_AVAIL & 1) == wrap &&
	    (flags >> VRING_PACKED_DESC_F_USED & 1) == wrap)
		vdev_rule(
			"VU-12",
			"queue %u: SET_VRING_BASE 0x%08x has the wrong wrap counter: the descriptor there has flags 0x%x",
			q->index, q->base, flags);
}

static bool start_split(struct vdev_queue *q, const struct rte_vhost_vring *v, uint16_t avail,
			uint16_t used)
{
	if (q->size & (q->size - 1)) {
		vdev_rule("RING-1", "queue %u: split ring of %u entries, not a power of two",
			  q->index, q->size);
		return false;
	}
	if (!aligned(v->desc, 16) || !aligned(v->avail, 2) || !aligned(v->used, 4))
		vdev_rule("RING-1", "queue %u: ring areas are not aligned", q->index);
	q->split = (struct vdev_split){
		.desc = v->desc,
		.avail = v->avail,
		.used = v->used,
		.last_avail = avail,
		.last_used = used,
		.signalled = used,
	};
	return true;
}

static bool start_packed(struct vdev_queue *q, const struct rte_vhost_vring *v, uint16_t avail,
			 uint16_t used)
{
	uint16_t idx = avail & 0x7fff;
	bool wrap = avail >> 15;

	if (idx >= q->size || (used & 0x7fff) >= q->size) {
		vdev_rule("VU-12",
			  "queue %u: SET_VRING_BASE 0x%x is outside the ring of %u entries",
			  q->index, q->base, q->size);
		return false;
	}
	if (!aligned(v->desc_packed, 16) || !aligned(v->driver_event, 4) ||
	    !aligned(v->device_event, 4))
		vdev_rule("RING-1", "queue %u: ring areas are not aligned", q->index);
	q->packed = (struct vdev_packed){
		.desc = v->desc_packed,
		.driver_event = v->driver_event,
		.device_event = v->device_event,
		.avail_idx = idx,
		.avail_wrap = wrap,
		.used_idx = used & 0x7fff,
		.used_wrap = used >> 15,
	};
	return true;
}

static bool inflight_load(struct vdev_conn *conn, struct vdev_queue *q)
{
	struct rte_vhost_ring_inflight ring;

	if (!(conn->protocol_features & BIT(VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD)))
		return false;
	if (!rte_vhost_get_vhost_ring_inflight(q->vid, q->index, &ring))
		return true;
	vdev_rule("VU-11", "queue %u: started without SET_INFLIGHT_FD", q->index);
	return false;
}

/**
 * vdev_queue_start - start to serve a queue if all conditions are met
 * @conn: connection
 * @q: queue
 *
 * Called whenever a condition may have become true: the ring is enabled, the library has reported
 * that the device is ready, and the driver is not in the middle of a reset.
 */
void vdev_queue_start(struct vdev_conn *conn, struct vdev_queue *q)
{
	struct rte_vhost_vring v;
	uint16_t avail, used;
	bool ok;

	if (q->attached || !q->enabled || !conn->running || conn->reset)
		return;
	if (rte_vhost_get_vhost_vring(q->vid, q->index, &v) || !v.desc || !v.avail || !v.used ||
	    !v.size || rte_vhost_get_vring_base(q->vid, q->index, &avail, &used) || regions_load(q))
		return;

	if (!vdev_queues_usable(conn)) {
		vdev_rule("BLK-3",
			  "queue %u started on a host-managed device, but ZONED was not negotiated",
			  q->index);
		return;
	}
	if (q->index && !(conn->features & BIT(VIRTIO_BLK_F_MQ)))
		vdev_rule("VU-7", "queue %u started, but MQ was not negotiated", q->index);
	vdev_queue_check_base(conn, q);
	q->features = conn->features;
	q->is_packed = conn->features & BIT(VIRTIO_F_RING_PACKED);
	q->indirect = conn->features & BIT(VIRTIO_RING_F_INDIRECT_DESC);
	q->event_idx = conn->features & BIT(VIRTIO_RING_F_EVENT_IDX);
	q->in_order = conn->features & BIT(VIRTIO_F_IN_ORDER);
	q->writeback = may_write_back(conn);
	q->inflight = inflight_load(conn, q);
	if (q->inflight && q->is_packed)
		rte_vhost_get_vring_base_from_inflight(q->vid, q->index, &avail, &used);
	q->size = v.size;
	q->kick_fd = v.kickfd;
	q->call_fd = v.callfd;
	q->broken = false;
	free(q->seen);
	q->seen = calloc(q->size, sizeof(*q->seen));
	if (!q->seen)
		return;
	q->round = 1;
	ok = q->is_packed ? start_packed(q, &v, avail, used) : start_split(q, &v, avail, used);
	if (!ok)
		return;
	vdev_worker_attach(vdev_worker_of(q->index), q);
	if (!q->started_ns)
		q->started_ns = vdev_now_ns();
}

/**
 * vdev_queue_stop - stop serving a queue
 * @q: queue; if it is not being served, nothing happens
 *
 * When this function returns, all fetched requests have been completed, except held ones. Held
 * requests are discarded, but stay recorded in the inflight region if there is one. The position in
 * the ring has been passed to the library.
 */
void vdev_queue_stop(struct vdev_queue *q)
{
	if (!q->attached)
		return;
	vdev_worker_detach(q->worker, q);
	vdev_held_forget(q);
	if (q->is_packed)
		rte_vhost_set_vring_base(
			q->vid, q->index,
			(uint16_t)(q->packed.avail_idx | q->packed.avail_wrap << 15),
			(uint16_t)(q->packed.used_idx | q->packed.used_wrap << 15));
	else
		rte_vhost_set_vring_base(q->vid, q->index, q->split.last_avail, q->split.last_used);
}

/** vdev_queues_start - call vdev_queue_start() for every queue of a connection */
void vdev_queues_start(struct vdev_conn *conn)
{
	for (unsigned int i = 0; i < vdev_opt.queues; i++)
		vdev_queue_start(conn, &conn->queue[i]);
}

/** vdev_queues_stop - call vdev_queue_stop() for every queue of a connection */
void vdev_queues_stop(struct vdev_conn *conn)
{
	for (unsigned int i = 0; i < vdev_opt.queues; i++)
		vdev_queue_stop(&conn->queue[i]);
}

/**
 * vdev_queues_set_writeback - apply a changed cache mode to all running queues
 * @conn: connection
 */
void vdev_queues_set_writeback(struct vdev_conn *conn)
{
	for (unsigned int i = 0; i < vdev_opt.queues; i++) {
		struct vdev_queue *q = &conn->queue[i];

		if (!q->attached)
			continue;
		vdev_worker_pause(q->worker);
		q->writeback = may_write_back(conn);
		vdev_worker_resume(q->worker);
	}
}
