// SPDX-License-Identifier: GPL-2.0-only
/* vhost-user messages: their layout, their answers, and the time they may take. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vhost/vhost_user.h"

/* Message header flags (vhost-user, "Header"). */
#define VHOST_USER_VERSION	0x1u
#define VHOST_USER_VERSION_MASK 0x3u
#define VHOST_USER_REPLY	0x4u
#define VHOST_USER_NEED_REPLY	0x8u

/* A descriptor that nobody asked for is closed; more than this many in one message are cut off by
 * the kernel. */
#define SURPLUS_FDS 8

struct vring_state {
	uint32_t index;
	uint32_t num;
};

struct vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct memory_region {
	uint64_t guest_addr;
	uint64_t bytes;
	uint64_t user_addr;
	uint64_t mmap_offset;
};

struct memory_table {
	uint32_t regions;
	uint32_t padding;
	struct memory_region region;
};

struct single_region {
	uint64_t padding;
	struct memory_region region;
};

struct config_space {
	uint32_t offset;
	uint32_t bytes;
	uint32_t flags;
	uint8_t data[VHOST_USER_CONFIG_BYTES_MAX];
};

struct message {
	uint32_t request;
	uint32_t flags;
	uint32_t bytes;
	union {
		uint64_t u64;
		struct vring_state state;
		struct vring_addr addr;
		struct memory_table table;
		struct single_region single;
		struct config_space config;
	} payload;
} __attribute__((packed));

#define HEADER_BYTES	    offsetof(struct message, payload)
#define CONFIG_HEADER_BYTES offsetof(struct config_space, data)

_Static_assert(HEADER_BYTES == 12, "vhost-user, \"Header\": three 32-bit fields");

static const char *request_name(uint32_t request)
{
	switch (request) {
	case VHOST_USER_GET_FEATURES:
		return "GET_FEATURES";
	case VHOST_USER_SET_FEATURES:
		return "SET_FEATURES";
	case VHOST_USER_SET_OWNER:
		return "SET_OWNER";
	case VHOST_USER_SET_MEM_TABLE:
		return "SET_MEM_TABLE";
	case VHOST_USER_SET_VRING_NUM:
		return "SET_VRING_NUM";
	case VHOST_USER_SET_VRING_ADDR:
		return "SET_VRING_ADDR";
	case VHOST_USER_SET_VRING_BASE:
		return "SET_VRING_BASE";
	case VHOST_USER_GET_VRING_BASE:
		return "GET_VRING_BASE";
	case VHOST_USER_SET_VRING_KICK:
		return "SET_VRING_KICK";
	case VHOST_USER_SET_VRING_CALL:
		return "SET_VRING_CALL";
	case VHOST_USER_GET_PROTOCOL_FEATURES:
		return "GET_PROTOCOL_FEATURES";
	case VHOST_USER_SET_PROTOCOL_FEATURES:
		return "SET_PROTOCOL_FEATURES";
	case VHOST_USER_GET_QUEUE_NUM:
		return "GET_QUEUE_NUM";
	case VHOST_USER_SET_VRING_ENABLE:
		return "SET_VRING_ENABLE";
	case VHOST_USER_GET_CONFIG:
		return "GET_CONFIG";
	case VHOST_USER_GET_MAX_MEM_SLOTS:
		return "GET_MAX_MEM_SLOTS";
	case VHOST_USER_ADD_MEM_REG:
		return "ADD_MEM_REG";
	case VHOST_USER_SET_STATUS:
		return "SET_STATUS";
	case VHOST_USER_GET_STATUS:
		return "GET_STATUS";
	default:
		return "unknown message";
	}
}

static int fail(struct vhost_user *vu, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct vhost_user *vu, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(vu->error, sizeof(vu->error), format, args);
	va_end(args);
	return err;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits for the socket to be ready for @events; 0, or -ETIMEDOUT once @deadline has passed. */
static int wait_socket(struct vhost_user *vu, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd pfd = { .fd = vu->fd, .events = events };
		int64_t left = deadline - now_ms();
		int n;

		if (left < 0)
			left = 0;
		n = poll(&pfd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && now_ms() >= deadline)
			return -ETIMEDOUT;
	}
}

static int closed(struct vhost_user *vu, uint32_t request)
{
	return fail(vu, -ECONNRESET, "back-end closed the connection at %s", request_name(request));
}

static int send_message(struct vhost_user *vu, struct message *msg, const int *fds,
			unsigned int nfds, int64_t deadline)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	size_t total = HEADER_BYTES + msg->bytes, done = 0;

	while (done < total) {
		struct iovec iov = { .iov_base = (char *)msg + done, .iov_len = total - done };
		struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n;

		/* Descriptors travel with the message's first byte. */
		if (!done && nfds) {
			struct cmsghdr *cmsg;

			memset(&control, 0, sizeof(control));
			hdr.msg_control = control.buf;
			hdr.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
			cmsg = CMSG_FIRSTHDR(&hdr);
			cmsg->cmsg_level = SOL_SOCKET;
			cmsg->cmsg_type = SCM_RIGHTS;
			cmsg->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
			memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * nfds);
		}
		n = sendmsg(vu->fd, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (wait_socket(vu, POLLOUT, deadline))
				return fail(vu, -ETIMEDOUT, "back-end did not take %s within %u ms",
					    request_name(msg->request), vu->timeout_ms);
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return closed(vu, msg->request);
		} else if (errno != EINTR) {
			return fail(vu, -errno, "sending %s: %s", request_name(msg->request),
				    strerror(errno));
		}
	}
	return 0;
}

/* No answer of this protocol subset carries a descriptor: whatever comes is closed. */
static void close_surplus(struct msghdr *hdr)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(hdr); cmsg; cmsg = CMSG_NXTHDR(hdr, cmsg)) {
		size_t n, i;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(fd));
			close(fd);
		}
	}
}

static int receive_bytes(struct vhost_user *vu, uint32_t request, void *data, size_t bytes,
			 int64_t deadline)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * SURPLUS_FDS)];
		struct cmsghdr align;
	} control;
	size_t done = 0;

	while (done < bytes) {
		struct iovec iov = { .iov_base = (char *)data + done, .iov_len = bytes - done };
		struct msghdr hdr = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.buf,
			.msg_controllen = sizeof(control.buf),
		};
		ssize_t n = recvmsg(vu->fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n > 0) {
			done += (size_t)n;
			if (hdr.msg_controllen) {
				close_surplus(&hdr);
				return fail(vu, -EPROTO,
					    "back-end sent a file descriptor with its answer to %s",
					    request_name(request));
			}
		} else if (n == 0 || errno == ECONNRESET) {
			return closed(vu, request);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (wait_socket(vu, POLLIN, deadline))
				return fail(vu, -ETIMEDOUT, "no answer to %s within %u ms",
					    request_name(request), vu->timeout_ms);
		} else if (errno != EINTR) {
			return fail(vu, -errno, "waiting for the answer to %s: %s",
				    request_name(request), strerror(errno));
		}
	}
	return 0;
}

/* Receives the answer to @request into @msg: a payload of @least to @most bytes (VU-1). */
static int receive_reply(struct vhost_user *vu, uint32_t request, struct message *msg,
			 uint32_t least, uint32_t most, int64_t deadline)
{
	int ret = receive_bytes(vu, request, msg, HEADER_BYTES, deadline);

	if (ret)
		return ret;
	if (msg->request != request)
		return fail(vu, -EPROTO, "back-end answered %s with message %u",
			    request_name(request), msg->request);
	if ((msg->flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION)
		return fail(vu, -EPROTO, "answer to %s is of version %u, not 1",
			    request_name(request), msg->flags & VHOST_USER_VERSION_MASK);
	if (!(msg->flags & VHOST_USER_REPLY))
		return fail(vu, -EPROTO, "answer to %s lacks the reply flag",
			    request_name(request));
	if (msg->bytes < least || msg->bytes > most)
		return fail(vu, -EPROTO, "answer to %s has %u bytes instead of %u",
			    request_name(request), msg->bytes, most);
	return receive_bytes(vu, request, &msg->payload, msg->bytes, deadline);
}

static int64_t deadline_of(const struct vhost_user *vu)
{
	return now_ms() + vu->timeout_ms;
}

/* Sends a message that has no answer of its own; with REPLY_ACK waits for the acknowledgement
 * (VU-4). */
static int send_acked(struct vhost_user *vu, struct message *msg, const int *fds, unsigned int nfds)
{
	bool ack = vhost_user_has(vu, VHOST_USER_PROTOCOL_F_REPLY_ACK);
	int64_t deadline = deadline_of(vu);
	uint32_t request = msg->request;
	int ret;

	msg->flags = VHOST_USER_VERSION | (ack ? VHOST_USER_NEED_REPLY : 0);
	ret = send_message(vu, msg, fds, nfds, deadline);
	if (ret || !ack)
		return ret;
	ret = receive_reply(vu, request, msg, sizeof(uint64_t), sizeof(uint64_t), deadline);
	if (ret)
		return ret;
	if (msg->payload.u64)
		return fail(vu, -EPROTO, "back-end refused %s (%llu)", request_name(request),
			    (unsigned long long)msg->payload.u64);
	return 0;
}

static int send_u64(struct vhost_user *vu, enum vhost_user_request request, uint64_t value)
{
	struct message msg = { .request = request,
			       .bytes = sizeof(uint64_t),
			       .payload.u64 = value };

	return send_acked(vu, &msg, NULL, 0);
}

static int send_state(struct vhost_user *vu, enum vhost_user_request request, uint32_t index,
		      uint32_t num)
{
	struct message msg = {
		.request = request,
		.bytes = sizeof(struct vring_state),
		.payload.state = { .index = index, .num = num },
	};

	return send_acked(vu, &msg, NULL, 0);
}

static int get_u64(struct vhost_user *vu, enum vhost_user_request request, uint64_t *value)
{
	struct message msg = { .request = request, .flags = VHOST_USER_VERSION };
	int64_t deadline = deadline_of(vu);
	int ret = send_message(vu, &msg, NULL, 0, deadline);

	if (!ret)
		ret = receive_reply(vu, request, &msg, sizeof(uint64_t), sizeof(uint64_t),
				    deadline);
	if (!ret)
		*value = msg.payload.u64;
	return ret;
}

/**
 * vhost_user_connect - reach a back-end at a UNIX socket
 * @vu: filled in
 * @path: the socket
 * @timeout_ms: longest wait for the connection and later for every answer, in milliseconds
 *
 * Returns 0; -ENAMETOOLONG: longer than a socket's path can be; else connect()'s error.
 */
int vhost_user_connect(struct vhost_user *vu, const char *path, unsigned int timeout_ms)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int64_t deadline = now_ms() + timeout_ms;

	memset(vu, 0, sizeof(*vu));
	vu->timeout_ms = timeout_ms;
	vu->fd = -1;
	if (strlen(path) >= sizeof(addr.sun_path))
		return fail(vu, -ENAMETOOLONG,
			    "path is longer than the %zu bytes of a UNIX socket's",
			    sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);

	vu->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (vu->fd < 0)
		return fail(vu, -errno, "socket: %s", strerror(errno));

	/* EAGAIN: the listener's backlog is full. The socket does not become writable then, so ask
	 * again. */
	while (connect(vu->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int err = errno;

		if (err == EINTR)
			continue;
		if (err == EAGAIN && now_ms() < deadline) {
			poll(NULL, 0, 10);
			continue;
		}
		vhost_user_close(vu);
		if (err == EAGAIN)
			return fail(vu, -ETIMEDOUT, "nobody accepted the connection within %u ms",
				    timeout_ms);
		if (err == ECONNREFUSED)
			return fail(vu, -err,
				    "nobody listens on this socket; start the back-end first");
		return fail(vu, -err, "cannot connect: %s", strerror(err));
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
	uint64_t offered;
	int ret = get_u64(vu, VHOST_USER_GET_PROTOCOL_FEATURES, &offered);

	if (ret)
		return ret;
	/* The first message that could be acknowledged is the one after this. */
	ret = send_u64(vu, VHOST_USER_SET_PROTOCOL_FEATURES, offered & wanted);
	if (!ret)
		vu->protocol_features = offered & wanted;
	return ret;
}

/**
 * vhost_user_set_owner - open the session
 * @vu: connection
 */
int vhost_user_set_owner(struct vhost_user *vu)
{
	struct message msg = { .request = VHOST_USER_SET_OWNER };

	return send_acked(vu, &msg, NULL, 0);
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
		.flags = VHOST_USER_VERSION,
		.bytes = (uint32_t)(CONFIG_HEADER_BYTES + bytes),
		.payload.config = { .bytes = bytes },
	};
	int64_t deadline = deadline_of(vu);
	uint32_t most = msg.bytes, answered;
	int ret = send_message(vu, &msg, NULL, 0, deadline);

	if (!ret)
		ret = receive_reply(vu, VHOST_USER_GET_CONFIG, &msg, 0, most, deadline);
	if (ret)
		return ret;
	*got = 0;
	if (msg.bytes <= CONFIG_HEADER_BYTES)
		return 0;
	answered = msg.bytes - (uint32_t)CONFIG_HEADER_BYTES;
	if (msg.payload.config.offset || msg.payload.config.bytes > answered)
		return fail(vu, -EPROTO,
			    "answer to GET_CONFIG speaks of offset %u, %u bytes, and has %u",
			    msg.payload.config.offset, msg.payload.config.bytes, answered);
	*got = msg.payload.config.bytes;
	memcpy(config, msg.payload.config.data, *got);
	return 0;
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
	return send_acked(vu, &msg, &region->fd, 1);
}

static int send_vring_fd(struct vhost_user *vu, enum vhost_user_request request, uint32_t index,
			 int fd)
{
	struct message msg = { .request = request,
			       .bytes = sizeof(uint64_t),
			       .payload.u64 = index };

	return send_acked(vu, &msg, &fd, 1);
}

/**
 * vhost_user_set_vring - describe a queue to the back-end
 * @vu: connection
 * @index: queue
 * @size: ring entries
 * @base: where the ring starts: 0 for a split ring, VHOST_USER_BASE_PACKED for a packed one (VU-12)
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
		return fail(vu, -EINVAL, "the protocol cannot name queue %u", index);
	ret = send_state(vu, VHOST_USER_SET_VRING_NUM, index, size);
	if (!ret)
		ret = send_state(vu, VHOST_USER_SET_VRING_BASE, index, base);
	if (!ret)
		ret = send_acked(vu, &msg, NULL, 0);
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
 * Some back-ends stop the whole device at the first one, so it is for the end only (VU-8).
 */
int vhost_user_get_vring_base(struct vhost_user *vu, uint32_t index, uint32_t *base)
{
	struct message msg = {
		.request = VHOST_USER_GET_VRING_BASE,
		.flags = VHOST_USER_VERSION,
		.bytes = sizeof(struct vring_state),
		.payload.state = { .index = index },
	};
	int64_t deadline = deadline_of(vu);
	int ret = send_message(vu, &msg, NULL, 0, deadline);

	if (!ret)
		ret = receive_reply(vu, VHOST_USER_GET_VRING_BASE, &msg, sizeof(struct vring_state),
				    sizeof(struct vring_state), deadline);
	if (ret)
		return ret;
	if (msg.payload.state.index != index)
		return fail(vu, -EPROTO, "back-end stopped ring %u when asked for %u",
			    msg.payload.state.index, index);
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
