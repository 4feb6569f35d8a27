// SPDX-License-Identifier: GPL-2.0-only
/* The vhost-user messages: one function for each. */
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
 * vhost_user_connect - connect to a back-end
 * @vu: filled in
 * @path: path of the UNIX socket
 * @timeout_ms: longest wait for the connection and later for every reply, in milliseconds
 * @error: set to a description of each failure, during this call and later
 *
 * Returns 0; -ENAMETOOLONG if @path is too long for a UNIX socket; -ETIMEDOUT if the connection was
 * not accepted in time; else the error of socket() or connect().
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
				 "path is too long for a UNIX socket (at most %zu bytes)",
				 sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);

	vu->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (vu->fd < 0)
		return error_set(vu->error, -errno, "cannot create a socket: %s", strerror(errno));

	/* EAGAIN: the listener's backlog is full. poll() does not report when there is room again,
	 * so retry at intervals. */
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
					 "no process accepted the connection within %u ms",
					 timeout_ms);
		if (err == ECONNREFUSED)
			return error_set(
				vu->error, -err,
				"no process listens on this socket; start the back-end first (some back-ends exit after one connection and must be started again)");
		return error_set(vu->error, -err, "cannot connect: %s", strerror(err));
	}
	return 0;
}

/**
 * vhost_user_close - close the connection
 * @vu: connection; nothing happens if it is closed
 */
void vhost_user_close(struct vhost_user *vu)
{
	if (vu->fd >= 0)
		close(vu->fd);
	vu->fd = -1;
}

/**
 * vhost_user_get_features - read the feature bits that the device and the back-end offer
 * @vu: connection
 * @features: set to the offered bits
 */
int vhost_user_get_features(struct vhost_user *vu, uint64_t *features)
{
	return get_u64(vu, VHOST_USER_GET_FEATURES, features);
}

/**
 * vhost_user_set_features - write the accepted feature bits
 * @vu: connection
 * @features: accepted bits; if VHOST_USER_F_PROTOCOL_FEATURES is set, rings are initially disabled
 */
int vhost_user_set_features(struct vhost_user *vu, uint64_t features)
{
	return send_u64(vu, VHOST_USER_SET_FEATURES, features);
}

/**
 * vhost_user_negotiate_protocol - negotiate protocol features
 * @vu: connection to a back-end that offers VHOST_USER_F_PROTOCOL_FEATURES
 * @wanted: bits to accept if they are offered
 */
int vhost_user_negotiate_protocol(struct vhost_user *vu, uint64_t wanted)
{
	int ret = get_u64(vu, VHOST_USER_GET_PROTOCOL_FEATURES, &vu->protocol_offered);

	if (ret)
		return ret;
	wanted &= vu->protocol_offered;
	/* REPLY_ACK takes effect only after this message, which has no acknowledgement. */
	ret = send_u64(vu, VHOST_USER_SET_PROTOCOL_FEATURES, wanted);
	if (!ret)
		vu->protocol_features = wanted;
	return ret;
}

/**
 * vhost_user_set_owner - send SET_OWNER, which opens the session
 * @vu: connection
 */
int vhost_user_set_owner(struct vhost_user *vu)
{
	struct message msg = { .request = VHOST_USER_SET_OWNER };

	return wire_send(vu, &msg, NULL, 0);
}

/**
 * vhost_user_get_queue_num - read the number of queues that the back-end can serve
 * @vu: connection with VHOST_USER_PROTOCOL_F_MQ
 * @queues: set to the number of queues
 */
int vhost_user_get_queue_num(struct vhost_user *vu, uint64_t *queues)
{
	return get_u64(vu, VHOST_USER_GET_QUEUE_NUM, queues);
}

/**
 * vhost_user_get_config - read the start of the device's configuration space
 * @vu: connection with VHOST_USER_PROTOCOL_F_CONFIG
 * @config: set to the bytes of the reply
 * @bytes: number of bytes to ask for, at most VHOST_USER_CONFIG_BYTES_MAX
 * @got: set to the number of bytes in the reply; 0 = the back-end rejects requests of this size
 *
 * Returns 0, or a negative errno: -EPROTO if the reply has another offset than 0, is longer than
 * @bytes, or contains fewer bytes than its size field (VU-9).
 */
int vhost_user_get_config(struct vhost_user *vu, void *config, uint32_t bytes, uint32_t *got)
{
	struct message msg = {
		.request = VHOST_USER_GET_CONFIG,
		.bytes = (uint32_t)(CONFIG_HEADER_BYTES + bytes),
		.payload.config = { .bytes = bytes },
	};
	uint32_t received;
	int ret = wire_call(vu, &msg, 0, msg.bytes);

	if (ret)
		return ret;
	*got = 0;
	if (msg.bytes <= CONFIG_HEADER_BYTES)
		return 0;
	received = msg.bytes - (uint32_t)CONFIG_HEADER_BYTES;
	if (msg.payload.config.offset || msg.payload.config.bytes > received)
		return error_set(
			vu->error, -EPROTO,
			"reply to GET_CONFIG is invalid: it has offset %u (must be 0) and size %u, and contains %u bytes",
			msg.payload.config.offset, msg.payload.config.bytes, received);
	*got = msg.payload.config.bytes;
	memcpy(config, msg.payload.config.data, *got);
	return 0;
}

/**
 * vhost_user_set_config - write to the device's configuration space
 * @vu: connection with VHOST_USER_PROTOCOL_F_CONFIG
 * @offset: first byte to write in the configuration space
 * @data: bytes to write
 * @bytes: length of @data, at most VHOST_USER_CONFIG_BYTES_MAX
 *
 * Without VHOST_USER_PROTOCOL_F_REPLY_ACK, the caller must read the configuration space to know
 * whether the device accepted the change.
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
 * @status: set to the device status, VIRTIO_CONFIG_S_* bits
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
 * @status: VIRTIO_CONFIG_S_* bits, 0 = reset
 */
int vhost_user_set_status(struct vhost_user *vu, uint8_t status)
{
	return send_u64(vu, VHOST_USER_SET_STATUS, status);
}

/**
 * vhost_user_get_max_mem_slots - read the number of memory regions that the back-end can map
 * @vu: connection with VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS
 * @slots: set to the number of memory regions
 */
int vhost_user_get_max_mem_slots(struct vhost_user *vu, uint64_t *slots)
{
	return get_u64(vu, VHOST_USER_GET_MAX_MEM_SLOTS, slots);
}

/**
 * vhost_user_get_inflight - have the back-end create an inflight region
 * @vu: connection with VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD
 * @inflight: the caller sets @queues and @queue_size; the other members are filled in
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
 * vhost_user_set_inflight - send an inflight region to the back-end
 * @vu: connection with VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD, no ring started
 * @inflight: from vhost_user_get_inflight(), on this connection or an earlier one (VU-11)
 *
 * The back-end continues with the requests that are recorded in the region.
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
 * vhost_user_share_memory - share a memory region with the back-end
 * @vu: connection
 * @region: the only region, which contains rings, requests and data
 *
 * Sends ADD_MEM_REG if the back-end supports memory slots, else SET_MEM_TABLE (VU-5).
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
 * @size: number of ring entries
 * @base: ring position at which the device starts, from virtq_base()
 * @addr: addresses of the areas of the queue
 * @kick_fd: eventfd for available buffer notifications
 * @call_fd: eventfd for used buffer notifications
 *
 * The back-end starts the ring when it receives the kick descriptor. This descriptor is sent last,
 * so that the back-end already has the call descriptor when the ring starts.
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
		return error_set(vu->error, -EINVAL,
				 "queue %u cannot be used: vhost-user supports only %u queues",
				 index, VHOST_USER_QUEUES_MAX);
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
 * vhost_user_set_vring_enable - enable or disable a ring
 * @vu: connection with VHOST_USER_F_PROTOCOL_FEATURES negotiated
 * @index: queue
 * @enable: true = enable, false = disable
 */
int vhost_user_set_vring_enable(struct vhost_user *vu, uint32_t index, bool enable)
{
	return send_state(vu, VHOST_USER_SET_VRING_ENABLE, index, enable);
}

/**
 * vhost_user_get_vring_base - stop a ring
 * @vu: connection
 * @index: queue
 * @base: set to the ring position at which the back-end would continue
 *
 * Some back-ends stop the whole device when the first ring is stopped, so use this function only to
 * stop all rings (VU-8). A reply that names another ring is an error only if @vu->strict is set:
 * messages do not overlap, so the reply belongs to this message in any case.
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
				 "reply to GET_VRING_BASE for ring %u names ring %u", index,
				 msg.payload.state.index);
	*base = msg.payload.state.num;
	return 0;
}

/**
 * vhost_user_sync - wait until the back-end has processed all messages sent so far
 * @vu: connection
 *
 * Sends a message that has a reply. The back-end processes messages in order. When the reply
 * arrives, the back-end has also processed all earlier messages that have no reply.
 */
int vhost_user_sync(struct vhost_user *vu)
{
	uint64_t features;

	return vhost_user_get_features(vu, &features);
}
