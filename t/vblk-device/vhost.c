/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control plane: checks of vhost-user messages, messages that DPDK's library does not handle by
 * itself, and the configuration space
 *
 * All functions here run in the single event thread of the library (and, at exit, in the main
 * thread).
 */

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "t/vblk-device/vblk-device.h"

/* Messages that are checked or handled here, with their numbers in the vhost-user specification. */
enum {
	MSG_SET_FEATURES = 2,
	MSG_SET_MEM_TABLE = 5,
	MSG_SET_VRING_NUM = 8,
	MSG_SET_VRING_ADDR = 9,
	MSG_SET_VRING_BASE = 10,
	MSG_GET_VRING_BASE = 11,
	MSG_SET_VRING_KICK = 12,
	MSG_SET_VRING_CALL = 13,
	MSG_SET_VRING_ERR = 14,
	MSG_SET_PROTOCOL_FEATURES = 16,
	MSG_GET_QUEUE_NUM = 17,
	MSG_SET_VRING_ENABLE = 18,
	MSG_GET_CONFIG = 24,
	MSG_SET_CONFIG = 25,
	MSG_SET_STATUS = 39,
};

#define MSG_VERSION_MASK 0x3u
#define MSG_VERSION	 0x1u
#define MSG_REPLY	 0x4u
#define MSG_NEED_REPLY	 0x8u
#define MSG_INDEX_MASK	 0xffu
#define MSG_CONFIG_MAX	 256u

/*
 * A message as the library passes it to external handlers: header and payload, packed as on the
 * socket.
 */
struct vdev_msg {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	union {
		uint64_t u64;
		struct {
			uint32_t index;
			uint32_t num;
		} state;
		struct {
			uint32_t offset;
			uint32_t size;
			uint32_t flags;
			uint8_t region[MSG_CONFIG_MAX];
		} config;
	} __attribute__((packed)) payload;
} __attribute__((packed));

static struct vdev_conn *conns[RTE_MAX_VHOST_DEVICE];
static uint64_t offered, offered_protocol;

static struct vdev_conn *conn_of(int vid)
{
	return vid >= 0 && vid < RTE_MAX_VHOST_DEVICE ? conns[vid] : NULL;
}

/* ---- messages ---- */

static enum rte_vhost_msg_result get_config(struct vdev_conn *conn, struct vdev_msg *m)
{
	struct vdev_config cfg;
	uint32_t off = m->payload.config.offset, size = m->payload.config.size;
	uint32_t bytes = vdev_config_fill(conn, &cfg);

	if (off > bytes || size > bytes - off) {
		/* In the protocol, an empty reply means that the range does not exist. */
		m->size = 0;
	} else {
		memcpy(m->payload.config.region, (uint8_t *)&cfg + off, size);
		m->size = (uint32_t)offsetof(struct vdev_msg, payload.config.region) -
			  (uint32_t)offsetof(struct vdev_msg, payload) + size;
	}
	return RTE_VHOST_MSG_RESULT_REPLY;
}

static enum rte_vhost_msg_result set_config(struct vdev_conn *conn, const struct vdev_msg *m)
{
	if (m->payload.config.offset != offsetof(struct virtio_blk_config, wce) ||
	    m->payload.config.size != 1 || m->payload.config.region[0] > 1 ||
	    !(conn->features & BIT(VIRTIO_BLK_F_CONFIG_WCE))) {
		vdev_rule(
			"BLK-1",
			"SET_CONFIG of %u bytes at offset %u: the driver may only write writeback (0 or 1), and only with CONFIG_WCE",
			m->payload.config.size, m->payload.config.offset);
		return RTE_VHOST_MSG_RESULT_ERR;
	}
	conn->writeback = m->payload.config.region[0];
	vdev_queues_set_writeback(conn);
	/*
	 * In write-through mode, writes that were acknowledged earlier must not stay in the
	 * volatile cache.
	 */
	if (!conn->writeback)
		vdev_store_flush(&vdev_store);
	return RTE_VHOST_MSG_RESULT_OK;
}

static void check_features(struct vdev_conn *conn, uint64_t f)
{
	if (f & ~offered)
		vdev_rule("FEAT-1", "SET_FEATURES 0x%llx has bits that were not offered: 0x%llx",
			  (unsigned long long)f, (unsigned long long)(f & ~offered));
	if (!(f & BIT(VIRTIO_F_VERSION_1)))
		vdev_rule("FEAT-3", "SET_FEATURES 0x%llx without VERSION_1", (unsigned long long)f);
	if (vdev_opt.zoned && f & BIT(VDEV_F_ZONED) && f & BIT(VIRTIO_BLK_F_DISCARD))
		vdev_rule("BLK-3", "SET_FEATURES 0x%llx accepts DISCARD on a host-managed device",
			  (unsigned long long)f);
	conn->features = f & offered;
	conn->features_set = true;
}

static void check_protocol_features(struct vdev_conn *conn, uint64_t f)
{
	if (f & ~offered_protocol)
		vdev_rule("VU-3",
			  "SET_PROTOCOL_FEATURES 0x%llx has bits that were not offered: 0x%llx",
			  (unsigned long long)f, (unsigned long long)(f & ~offered_protocol));
	conn->protocol_features = f & offered_protocol;
}

static void check_status(struct vdev_conn *conn, uint8_t status)
{
	uint8_t old = conn->status;

	conn->status = status;
	if (!status) {
		vdev_queues_stop(conn);
		conn->reset = true;
		conn->writeback = true;
		conn->features_set = false;
		return;
	}
	if (old & ~status)
		vdev_rule("INIT-1", "status went from 0x%x to 0x%x without a reset", old, status);
	if (status & VIRTIO_CONFIG_S_DRIVER && !(status & VIRTIO_CONFIG_S_ACKNOWLEDGE))
		vdev_rule("INIT-1", "status 0x%x: DRIVER without ACKNOWLEDGE", status);
	if (status & VIRTIO_CONFIG_S_FEATURES_OK &&
	    (!(status & VIRTIO_CONFIG_S_DRIVER) || !conn->features_set))
		vdev_rule("INIT-1", "status 0x%x: FEATURES_OK before DRIVER or before SET_FEATURES",
			  status);
	if (status & VIRTIO_CONFIG_S_DRIVER_OK && !(status & VIRTIO_CONFIG_S_FEATURES_OK))
		vdev_rule("INIT-1", "status 0x%x: DRIVER_OK without FEATURES_OK", status);
	if (status & VIRTIO_CONFIG_S_FAILED)
		vdev_queues_stop(conn);
}

/*
 * If the driver asked for a reply, it is waiting for the reply now. A kick that has already arrived
 * was therefore sent too early.
 */
static void check_early_kick(const struct vdev_conn *conn, const struct vdev_queue *q,
			     const struct vdev_msg *m)
{
	struct rte_vhost_vring v;
	struct pollfd p = { .events = POLLIN };

	if (!(m->flags & MSG_NEED_REPLY) || !m->payload.state.num || q->kicked || q->enabled ||
	    rte_vhost_get_vhost_vring(conn->vid, q->index, &v) || v.kickfd < 0)
		return;
	p.fd = v.kickfd;
	if (poll(&p, 1, 0) == 1)
		vdev_rule("INIT-2", "queue %u: kicked before it was enabled", q->index);
}

static void check_header(const struct vdev_conn *conn, const struct vdev_msg *m)
{
	if ((m->flags & MSG_VERSION_MASK) != MSG_VERSION ||
	    m->flags & ~(MSG_VERSION_MASK | MSG_NEED_REPLY))
		vdev_rule("VU-1", "message %u with invalid flags 0x%x", m->request, m->flags);
	if (m->flags & MSG_NEED_REPLY &&
	    !(conn->protocol_features & BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK)))
		vdev_rule("VU-4", "message %u asks for a reply, but REPLY_ACK was not negotiated",
			  m->request);
}

/*
 * Return the queue that a message is for, or NULL if the message is for no queue. If the queue does
 * not exist, return NULL and set @none.
 */
static struct vdev_queue *queue_of(struct vdev_conn *conn, const struct vdev_msg *m, bool *none)
{
	uint32_t index;

	*none = false;
	switch (m->request) {
	case MSG_SET_VRING_KICK:
	case MSG_SET_VRING_CALL:
	case MSG_SET_VRING_ERR:
		index = (uint32_t)m->payload.u64 & MSG_INDEX_MASK;
		break;
	case MSG_SET_VRING_NUM:
	case MSG_SET_VRING_ADDR:
	case MSG_SET_VRING_BASE:
	case MSG_GET_VRING_BASE:
	case MSG_SET_VRING_ENABLE:
		index = m->payload.state.index;
		break;
	default:
		return NULL;
	}
	if (index < vdev_opt.queues) {
		if (!conn->features_set)
			vdev_rule("INIT-1", "queue %u is set up (message %u) before SET_FEATURES",
				  index, m->request);
		return &conn->queue[index];
	}
	vdev_rule("VU-7", "message %u for queue %u, but the device has %u queues", m->request,
		  index, vdev_opt.queues);
	*none = true;
	return NULL;
}

/* Called before the library handles a message. */
static enum rte_vhost_msg_result pre_message(int vid, void *msg)
{
	struct vdev_conn *conn = conn_of(vid);
	struct vdev_msg *m = msg;
	struct vdev_queue *q;
	bool none;

	if (!conn)
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	check_header(conn, m);
	q = queue_of(conn, m, &none);
	if (none)
		return RTE_VHOST_MSG_RESULT_ERR;

	switch (m->request) {
	case MSG_GET_QUEUE_NUM:
		/* The library would reply with its own limit. */
		m->payload.u64 = vdev_opt.queues;
		m->size = sizeof(m->payload.u64);
		return RTE_VHOST_MSG_RESULT_REPLY;
	case MSG_GET_CONFIG:
		return get_config(conn, m);
	case MSG_SET_CONFIG:
		return set_config(conn, m);
	case MSG_SET_FEATURES:
		check_features(conn, m->payload.u64);
		break;
	case MSG_SET_PROTOCOL_FEATURES:
		check_protocol_features(conn, m->payload.u64);
		break;
	case MSG_SET_STATUS:
		check_status(conn, (uint8_t)m->payload.u64);
		/*
		 * On a host-managed device, refuse FEATURES_OK if the driver did not accept ZONED.
		 */
		if (!vdev_queues_usable(conn))
			m->payload.u64 &= ~(uint64_t)VIRTIO_CONFIG_S_FEATURES_OK;
		break;
	case MSG_SET_VRING_BASE:
		vdev_queue_stop(q);
		q->base = m->payload.state.num;
		q->base_given = true;
		break;
	case MSG_GET_VRING_BASE:
		q->base_returned = true;
		break;
	case MSG_SET_VRING_ENABLE:
		check_early_kick(conn, q, m);
		break;
	case MSG_SET_MEM_TABLE:
		/* The library unmaps the old memory without notifying us. */
		vdev_queues_stop(conn);
		break;
	case MSG_SET_VRING_NUM:
	case MSG_SET_VRING_ADDR:
		vdev_queue_stop(q);
		break;
	}
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

/* Called after the library has handled a message without an error. */
static enum rte_vhost_msg_result post_message(int vid, void *msg)
{
	struct vdev_conn *conn = conn_of(vid);
	const struct vdev_msg *m = msg;

	if (!conn)
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	switch (m->request) {
	case MSG_SET_STATUS:
		if (m->payload.u64 & VIRTIO_CONFIG_S_DRIVER_OK)
			conn->reset = false;
		vdev_queues_start(conn);
		break;
	case MSG_SET_VRING_KICK:
		vdev_queue_check_base(conn, &conn->queue[m->payload.u64 & MSG_INDEX_MASK]);
		break;
	case MSG_SET_MEM_TABLE:
	case MSG_SET_VRING_NUM:
	case MSG_SET_VRING_ADDR:
	case MSG_SET_VRING_BASE:
		vdev_queues_start(conn);
		break;
	}
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

/* ---- the library's callbacks ---- */

static int new_connection(int vid)
{
	static const struct rte_vhost_user_extern_ops ops = { pre_message, post_message };
	struct vdev_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return -1;
	conn->queue = calloc(vdev_opt.queues, sizeof(*conn->queue));
	if (!conn->queue) {
		free(conn);
		return -1;
	}
	conn->began_ns = vdev_now_ns();
	conn->vid = vid;
	conn->writeback = true;
	for (unsigned int i = 0; i < vdev_opt.queues; i++) {
		conn->queue[i].vid = vid;
		conn->queue[i].index = (uint16_t)i;
	}
	conns[vid] = conn;
	return rte_vhost_extern_callback_register(vid, &ops, NULL);
}

/* Print the time from the start of the connection until the last queue was started. */
static void report_set_up(const struct vdev_conn *conn)
{
	uint64_t last_ns = conn->began_ns;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < vdev_opt.queues; i++) {
		const struct vdev_queue *q = &conn->queue[i];

		nr += q->started_ns > 0;
		if (q->started_ns > last_ns)
			last_ns = q->started_ns;
	}
	if (nr)
		fprintf(stderr, "vblk-device: %u queues set up within %llu us\n", nr,
			(unsigned long long)(last_ns - conn->began_ns) / 1000);
}

static void destroy_connection(int vid)
{
	struct vdev_conn *conn = conn_of(vid);

	if (!conn)
		return;
	vdev_queues_stop(conn);
	if (vdev_opt.verbose)
		report_set_up(conn);
	for (unsigned int i = 0; i < vdev_opt.queues; i++) {
		const struct vdev_queue *q = &conn->queue[i];

		if (vdev_opt.verbose && q->size)
			fprintf(stderr,
				"vblk-device: queue %u: %llu requests, %llu kicks, %llu calls\n", i,
				(unsigned long long)q->nr_requests, (unsigned long long)q->nr_kicks,
				(unsigned long long)q->nr_calls);
		if (vdev_opt.verbose && q->nr_held)
			fprintf(stderr,
				"vblk-device: queue %u: %llu requests held, %llu of them completed after a later one\n",
				i, (unsigned long long)q->nr_held,
				(unsigned long long)q->nr_overtaken);
		free(q->seen);
	}
	free(conn->queue);
	free(conn);
	conns[vid] = NULL;
}

static int new_device(int vid)
{
	struct vdev_conn *conn = conn_of(vid);

	if (!conn)
		return -1;
	conn->running = true;
	vdev_queues_start(conn);
	return 0;
}

static void destroy_device(int vid)
{
	struct vdev_conn *conn = conn_of(vid);

	if (!conn)
		return;
	vdev_queues_stop(conn);
	conn->running = false;
}

static int vring_state_changed(int vid, uint16_t index, int enable)
{
	struct vdev_conn *conn = conn_of(vid);

	if (!conn || index >= vdev_opt.queues)
		return 0;
	conn->queue[index].enabled = enable;
	if (enable)
		vdev_queue_start(conn, &conn->queue[index]);
	else
		vdev_queue_stop(&conn->queue[index]);
	return 0;
}

static const struct rte_vhost_device_ops device_ops = {
	.new_device = new_device,
	.destroy_device = destroy_device,
	.vring_state_changed = vring_state_changed,
	.new_connection = new_connection,
	.destroy_connection = destroy_connection,
};

/*
 * Remove the socket of a device that was killed, because the library cannot bind to a path that
 * exists.
 */
static void remove_stale_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path) || lstat(path, &st) || !S_ISSOCK(st.st_mode))
		return;
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Keep the socket if a process still listens on it. */
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) && errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

/**
 * vdev_vhost_start - listen for front-ends
 * @path: path of the socket to create; replaces the socket of a device that no longer runs
 *
 * Return 0 or a negative errno.
 */
int vdev_vhost_start(const char *path)
{
	offered = vdev_config_features(&vdev_opt);
	offered_protocol = BIT(VHOST_USER_PROTOCOL_F_MQ) | BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK) |
			   BIT(VHOST_USER_PROTOCOL_F_CONFIG) | BIT(VHOST_USER_PROTOCOL_F_STATUS);
	if (vdev_opt.inflight)
		offered_protocol |= BIT(VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD);

	remove_stale_socket(path);
	if (rte_vhost_driver_register(path, 0) || rte_vhost_driver_set_features(path, offered) ||
	    rte_vhost_driver_set_protocol_features(path, offered_protocol) ||
	    rte_vhost_driver_callback_register(path, &device_ops) || rte_vhost_driver_start(path))
		return -EIO;
	return 0;
}

/**
 * vdev_vhost_stop - close all connections, stop all queues and remove the socket
 * @path: path that was passed to vdev_vhost_start()
 */
void vdev_vhost_stop(const char *path)
{
	rte_vhost_driver_unregister(path);
	/* rte_vhost_driver_unregister() does not report the end of open connections. */
	for (int vid = 0; vid < RTE_MAX_VHOST_DEVICE; vid++)
		destroy_connection(vid);
}
