// SPDX-License-Identifier: GPL-2.0-only
/* The messages of vhost-user, one function each. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vhost/transport/clock.h"
#include "vhost/transport/vhost-user/wire.h"

static int send_u64(struct vhost_user *vu, enum vhost_user_request request, uint64_t value)
{
	struct message msg = { .request = request,
			       .bytes = sizeof(uint64_t),
			       .payload.u64 = value };

	return wire_send(vu, &msg, NULL, 0);
}

static int send_state(struct vhost_user *vu, enum vhost_user_request request, uint32_t index,
		      uint32_t num)
{
	struct message msg = {
		.request = request,
		.bytes = sizeof(struct vring_state),
		.payload.state = { .index = index, .num = num },
	};

	return wire_send(vu, &msg, NULL, 0);
}

static int get_u64(struct vhost_user *vu, enum vhost_user_request request, uint64_t *value)
{
	struct message msg = { .request = request };
	int ret = wire_call(vu, &msg, sizeof(uint64_t), sizeof(uint64_t));

	if (!ret)
		*value = msg.payload.u64;
	return ret;
}

/**
 * vhost_user_connect - reach a back-end at a UNIX socket
 * @vu: filled in
 * @path: the socket
 * @timeout_ms: longest wait for the connection and later for every answer, in milliseconds
 * @error: where it is said what went wrong, now and later
 *
 * Returns 0; -ENAMETOOLONG: longer than a socket's path can be; else connect()'s error.
 */
int vhost_user_connect(struct vhost_user *vu, const char *path, unsigned int timeout_ms,
		       struct error *error)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int64_t deadline = clock_now_ms() + timeout_ms;

	memset(vu, 0, sizeof(*vu));
	vu->timeout_ms = timeout_ms;
	vu->error = error;
	vu->fd = -1;
	if (strlen(path) >= sizeof(addr.sun_path))
		return error_set(vu->error, -ENAMETOOLONG,
				 "path is longer than the %zu bytes of a UNIX socket's",
				 sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);

	vu->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (vu->fd < 0)
		return error_set(vu->error, -errno, "socket: %s", strerror(errno));

	/* EAGAIN: the listener's backlog is full. The socket does not become writable then, so ask
	 * again. */
	while (connect(vu->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int err = errno;

		if (err == EINTR)
			continue;
		if (err == EAGAIN && clock_now_ms() < deadline) {
			poll(NULL, 0, 10);
			continue;
		}
		vhost_user_close(vu);
		if (err == EAGAIN)
			return error_set(vu->error, -ETIMEDOUT,
					 "nobody accepted the connection within %u ms", timeout_ms);
		if (err == ECONNREFUSED)
			return error_set(
				vu->error, -err,
				"nobody listens on this socket; start the back-end first (some serve one connection and end: start those again each time)");
		return error_set(vu->error, -err, "cannot connect: %s", strerror(err));
	}
	return 0;
}

/**
 * vhost_user_close - end the connection
 * @vu: connection; closing one that is closed does nothing
 */
void vhost_user_close(struct vhost_user *vu)
{
	if (vu->fd >= 0)
		close(vu->fd);
	vu->fd = -1;
}

/**
 * vhost_user_get_features - what the device and the protocol offer
 * @vu: connection
 * @features: set to the bits offered
 */
int vhost_user_get_features(struct vhost_user *vu, uint64_t *features)
{
	return get_u64(vu, VHOST_USER_GET_FEATURES, features);
}

/**
 * vhost_user_set_features - what of it is accepted
 * @vu: connection
 * @features: bits accepted; VHOST_USER_F_PROTOCOL_FEATURES among them makes rings start disabled
 */
int vhost_user_set_features(struct vhost_user *vu, uint64_t features)
{
	return send_u64(vu, VHOST_USER_SET_FEATURES, features);
}

/**
 * vhost_user_negotiate_protocol - agree on protocol features
 * @vu: connection to a back-end that offered VHOST_USER_F_PROTOCOL_FEATURES
 * @wanted: bits to set where offered
 */
int vhost_user_negotiate_protocol(struct vhost_user *vu, uint64_t wanted)
{
	int ret = get_u64(vu, VHOST_USER_GET_PROTOCOL_FEATURES, &vu->protocol_offered);

	if (ret)
		return ret;
	wanted &= vu->protocol_offered;
	/* The first message that could be acknowledged is the one after this. */
	ret = send_u64(vu, VHOST_USER_SET_PROTOCOL_FEATURES, wanted);
	if (!ret)
		vu->protocol_features = wanted;
	return ret;
}

/**
 * vhost_user_set_owner - open the session
 * @vu: connection
 */
int vhost_user_set_owner(struct vhost_user *vu)
{
	struct message msg = { .request = VHOST_USER_SET_OWNER };

	return wire_send(vu, &msg, NULL, 0);
}

/**
 * vhost_user_get_queue_num - queues that the back-end can serve
 * @vu: connection with VHOST_USER_PROTOCOL_F_MQ
 * @queues: set to their number
 */
int vhost_user_get_queue_num(struct vhost_user *vu, uint64_t *queues)
{
	return get_u64(vu, VHOST_USER_GET_QUEUE_NUM, queues);
}

/**
 * vhost_user_get_config - read the start of the device's configuration space
 * @vu: connection with VHOST_USER_PROTOCOL_F_CONFIG
 * @config: filled in, as far as the answer goes
 * @bytes: how much to ask for, at most VHOST_USER_CONFIG_BYTES_MAX
 * @got: set to what was answered; 0 = the back-end does not answer requests of that size
 *
 * Returns 0, or -EPROTO: the answer is of another offset, or longer than asked for (VU-9).
 */
int vhost_user_get_config(struct vhost_user *vu, void *config, uint32_t bytes, uint32_t *got)
{
	struct message msg = {
		.request = VHOST_USER_GET_CONFIG,
		.bytes = (uint32_t)(CONFIG_HEADER_BYTES + bytes),
		.payload.config = { .bytes = bytes },
	};
	uint32_t answered;
	int ret = wire_call(vu, &msg, 0, msg.bytes);

	if (ret)
		return ret;
	*got = 0;
	if (msg.bytes <= CONFIG_HEADER_BYTES)
		return 0;
	answered = msg.bytes - (uint32_t)CONFIG_HEADER_BYTES;
	if (msg.payload.config.offset || msg.payload.config.bytes > answered)
		return error_set(vu->error, -EPROTO,
				 "answer to GET_CONFIG speaks of offset %u, %u bytes, and has %u",
				 msg.payload.config.offset, msg.payload.config.bytes, answered);
	*got = msg.payload.config.bytes;
	memcpy(config, msg.payload.config.data, *got);
	return 0;
}

/**
 * vhost_user_set_config - write to the device's configuration space
 * @vu: connection with VHOST_USER_PROTOCOL_F_CONFIG
 * @offset: where
 * @data: what
 * @bytes: its length, at most VHOST_USER_CONFIG_BYTES_MAX
 *
 * Without VHOST_USER_PROTOCOL_F_REPLY_ACK only reading it again tells whether the device took it.
 */
int vhost_user_set_config(struct vhost_user *vu, uint32_t offset, const void *data, uint32_t bytes)
{
	struct message msg = {
		.request = VHOST_USER_SET_CONFIG,
		.bytes = (uint32_t)(CONFIG_HEADER_BYTES + bytes),
		.payload.config = { .offset = offset, .bytes = bytes },
	};

	memcpy(msg.payload.config.data, data, bytes);
	return wire_send(vu, &msg, NULL, 0);
}

/**
 * vhost_user_get_status - read the device status
 * @vu: connection with VHOST_USER_PROTOCOL_F_STATUS
 * @status: set to the VIRTIO_CONFIG_S_ bits
 */
int vhost_user_get_status(struct vhost_user *vu, uint8_t *status)
{
	uint64_t value;
	int ret = get_u64(vu, VHOST_USER_GET_STATUS, &value);

	if (!ret)
		*status = (uint8_t)value;
	return ret;
}

/**
 * vhost_user_set_status - write the device status
 * @vu: connection with VHOST_USER_PROTOCOL_F_STATUS
 * @status: VIRTIO_CONFIG_S_ bits, 0 = reset
 */
int vhost_user_set_status(struct vhost_user *vu, uint8_t status)
{
	return send_u64(vu, VHOST_USER_SET_STATUS, status);
}

/**
 * vhost_user_get_max_mem_slots - memory regions that the back-end can map
 * @vu: connection with VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS
 * @slots: set to their number
 */
int vhost_user_get_max_mem_slots(struct vhost_user *vu, uint64_t *slots)
{
	return get_u64(vu, VHOST_USER_GET_MAX_MEM_SLOTS, slots);
}

/**
 * vhost_user_get_inflight - have the back-end make the region it notes its requests in
 * @vu: connection with VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD
 * @inflight: @queues and @queue_size say for what; the rest is set
 */
int vhost_user_get_inflight(struct vhost_user *vu, struct vhost_user_inflight *inflight)
{
	struct message msg = {
		.request = VHOST_USER_GET_INFLIGHT_FD,
		.bytes = sizeof(struct inflight),
		.payload.inflight =
			{
				.num_queues = inflight->queues,
				.queue_size = inflight->queue_size,
			},
	};
	int ret = wire_call_fd(vu, &msg, sizeof(struct inflight), &inflight->fd);

	if (ret)
		return ret;
	inflight->bytes = msg.payload.inflight.mmap_size;
	inflight->offset = msg.payload.inflight.mmap_offset;
	return 0;
}

/**
 * vhost_user_set_inflight - hand the region to a back-end, which goes on from what it says
 * @vu: connection with VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD, no ring started
 * @inflight: from vhost_user_get_inflight(), on this connection or an earlier one (VU-11)
 */
int vhost_user_set_inflight(struct vhost_user *vu, const struct vhost_user_inflight *inflight)
{
	struct message msg = {
		.request = VHOST_USER_SET_INFLIGHT_FD,
		.bytes = sizeof(struct inflight),
		.payload.inflight =
			{
				.mmap_size = inflight->bytes,
				.mmap_offset = inflight->offset,
				.num_queues = inflight->queues,
				.queue_size = inflight->queue_size,
			},
	};

	return wire_send(vu, &msg, &inflight->fd, 1);
}

/**
 * vhost_user_share_memory - give the back-end its one memory region
 * @vu: connection
 * @region: memory that rings, requests and data lie in
 *
 * Uses a memory slot where the back-end has them, else the table (VU-5).
 */
int vhost_user_share_memory(struct vhost_user *vu, const struct vhost_user_region *region)
{
	struct memory_region mr = {
		.guest_addr = region->iova,
		.bytes = region->bytes,
		.user_addr = region->user_addr,
		.mmap_offset = region->mmap_offset,
	};
	struct message msg = { 0 };

	if (vhost_user_has(vu, VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS)) {
		msg.request = VHOST_USER_ADD_MEM_REG;
		msg.bytes = sizeof(struct single_region);
		msg.payload.single.region = mr;
	} else {
		msg.request = VHOST_USER_SET_MEM_TABLE;
		msg.bytes = sizeof(struct memory_table);
		msg.payload.table.regions = 1;
		msg.payload.table.region = mr;
	}
	return wire_send(vu, &msg, &region->fd, 1);
}

static int send_vring_fd(struct vhost_user *vu, enum vhost_user_request request, uint32_t index,
			 int fd)
{
	struct message msg = { .request = request,
			       .bytes = sizeof(uint64_t),
			       .payload.u64 = index };

	return wire_send(vu, &msg, &fd, 1);
}

/**
 * vhost_user_set_vring - describe a queue to the back-end
 * @vu: connection
 * @index: queue
 * @size: ring entries
 * @base: where the ring starts, see virtq_base()
 * @addr: its areas
 * @kick_fd: eventfd for available-buffer notifications; the back-end starts the ring when it gets
 * it
 * @call_fd: eventfd for used-buffer notifications
 *
 * The kick descriptor goes last, so that a ring never starts without a way to signal.
 */
int vhost_user_set_vring(struct vhost_user *vu, uint32_t index, uint32_t size, uint32_t base,
			 const struct vhost_user_vring_addr *addr, int kick_fd, int call_fd)
{
	struct message msg = {
		.request = VHOST_USER_SET_VRING_ADDR,
		.bytes = sizeof(struct vring_addr),
		.payload.addr =
			{
				.index = index,
				.desc = (uintptr_t)addr->desc,
				.used = (uintptr_t)addr->device,
				.avail = (uintptr_t)addr->driver,
			},
	};
	int ret;

	if (index >= VHOST_USER_QUEUES_MAX)
		return error_set(vu->error, -EINVAL, "the protocol cannot name queue %u", index);
	ret = send_state(vu, VHOST_USER_SET_VRING_NUM, index, size);
	if (!ret)
		ret = send_state(vu, VHOST_USER_SET_VRING_BASE, index, base);
	if (!ret)
		ret = wire_send(vu, &msg, NULL, 0);
	if (!ret)
		ret = send_vring_fd(vu, VHOST_USER_SET_VRING_CALL, index, call_fd);
	if (!ret)
		ret = send_vring_fd(vu, VHOST_USER_SET_VRING_KICK, index, kick_fd);
	return ret;
}

/**
 * vhost_user_set_vring_enable - let the back-end process a ring, or stop it doing so
 * @vu: connection with VHOST_USER_F_PROTOCOL_FEATURES negotiated
 * @index: queue
 * @enable: which of the two
 */
int vhost_user_set_vring_enable(struct vhost_user *vu, uint32_t index, bool enable)
{
	return send_state(vu, VHOST_USER_SET_VRING_ENABLE, index, enable);
}

/**
 * vhost_user_get_vring_base - stop a ring
 * @vu: connection
 * @index: queue
 * @base: set to where the ring would go on
 *
 * Some back-ends stop the whole device at the first one, so it is for the end only (VU-8). An
 * answer that names another ring is an error where the connection is strict: the messages do not
 * overlap, so that it is the answer to this one.
 */
int vhost_user_get_vring_base(struct vhost_user *vu, uint32_t index, uint32_t *base)
{
	struct message msg = {
		.request = VHOST_USER_GET_VRING_BASE,
		.bytes = sizeof(struct vring_state),
		.payload.state = { .index = index },
	};
	int ret = wire_call(vu, &msg, sizeof(struct vring_state), sizeof(struct vring_state));

	if (ret)
		return ret;
	if (vu->strict && msg.payload.state.index != index)
		return error_set(vu->error, -EPROTO,
				 "back-end answered GET_VRING_BASE of ring %u with ring %u", index,
				 msg.payload.state.index);
	*base = msg.payload.state.num;
	return 0;
}

/**
 * vhost_user_sync - make sure that the back-end has dealt with every message so far
 * @vu: connection
 *
 * Messages without an answer are otherwise only known to be sent.
 */
int vhost_user_sync(struct vhost_user *vu)
{
	uint64_t features;

	return vhost_user_get_features(vu, &features);
}
