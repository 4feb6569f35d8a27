// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending and receiving messages on the socket: handles partial sends and receives, unexpected file
 * descriptors, and time limits.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost/transport/clock.h"
#include "vhost/transport/vhost-user/wire.h"

/*
 * Maximum number of file descriptors received with one message. Unexpected descriptors are closed;
 * the kernel discards those beyond this number.
 */
#define SURPLUS_FDS 8

/* Longest sleep before the clock is read again; must be less than CLOCK_STEP_MAX_MS. */
#define POLL_MS 200

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
	case VHOST_USER_SET_CONFIG:
		return "SET_CONFIG";
	case VHOST_USER_GET_INFLIGHT_FD:
		return "GET_INFLIGHT_FD";
	case VHOST_USER_SET_INFLIGHT_FD:
		return "SET_INFLIGHT_FD";
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

/*
 * Wait until the socket is ready for @events. Return 0, -ETIMEDOUT after @deadline, or another
 * negative errno.
 */
static int wait_socket(struct vhost_user *vu, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd pfd = { .fd = vu->fd, .events = events };
		int64_t left = deadline - clock_now_ms();
		int n;

		if (left < 0)
			left = 0;
		n = poll(&pfd, 1, left > POLL_MS ? POLL_MS : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && clock_now_ms() >= deadline)
			return -ETIMEDOUT;
	}
}

static int error_closed(struct vhost_user *vu, uint32_t request)
{
	return error_set(vu->error, -ECONNRESET, "back-end closed the connection during %s",
			 request_name(request));
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

		/* Send the file descriptors together with the first byte of the message. */
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
				return error_set(vu->error, -ETIMEDOUT,
						 "back-end did not receive %s within %u ms",
						 request_name(msg->request), vu->timeout_ms);
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return error_closed(vu, msg->request);
		} else if (errno != EINTR) {
			return error_set(vu->error, -errno, "cannot send %s: %s",
					 request_name(msg->request), strerror(errno));
		}
	}
	return 0;
}

/*
 * Take the file descriptors that came with a part of a reply. If @fd is not NULL and *@fd is still
 * -1, set *@fd to the first of them. Close all others. Return false if any descriptor was closed.
 */
static bool take_fds(struct msghdr *hdr, int *fd)
{
	struct cmsghdr *cmsg;
	bool wanted = true;

	for (cmsg = CMSG_FIRSTHDR(hdr); cmsg; cmsg = CMSG_NXTHDR(hdr, cmsg)) {
		size_t n, i;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int came;

			memcpy(&came, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(came));
			if (fd && *fd < 0) {
				*fd = came;
			} else {
				close(came);
				wanted = false;
			}
		}
	}
	return wanted;
}

static int receive_bytes(struct vhost_user *vu, uint32_t request, void *data, size_t bytes, int *fd,
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
			if (!take_fds(&hdr, fd))
				return error_set(
					vu->error, -EPROTO,
					"back-end sent an unexpected file descriptor with its reply to %s",
					request_name(request));
		} else if (n == 0 || errno == ECONNRESET) {
			return error_closed(vu, request);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (wait_socket(vu, POLLIN, deadline))
				return error_set(vu->error, -ETIMEDOUT,
						 "no answer to %s within %u ms",
						 request_name(request), vu->timeout_ms);
		} else if (errno != EINTR) {
			return error_set(vu->error, -errno, "cannot receive the reply to %s: %s",
					 request_name(request), strerror(errno));
		}
	}
	return 0;
}

/*
 * Receive the reply to @request into @msg. Its payload must have @least to @most bytes (VU-1).
 */
static int receive_reply(struct vhost_user *vu, uint32_t request, struct message *msg,
			 uint32_t least, uint32_t most, int *fd, int64_t deadline)
{
	int ret = receive_bytes(vu, request, msg, HEADER_BYTES, fd, deadline);

	if (ret)
		return ret;
	if (msg->request != request)
		return error_set(vu->error, -EPROTO,
				 "back-end sent a reply to request %u instead of %s", msg->request,
				 request_name(request));
	if ((msg->flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION)
		return error_set(vu->error, -EPROTO, "reply to %s has version %u, not 1",
				 request_name(request), msg->flags & VHOST_USER_VERSION_MASK);
	if (!(msg->flags & VHOST_USER_REPLY))
		return error_set(vu->error, -EPROTO, "reply to %s does not have its reply flag set",
				 request_name(request));
	if (msg->bytes < least || msg->bytes > most)
		return error_set(vu->error, -EPROTO, "reply to %s has %u bytes instead of %u",
				 request_name(request), msg->bytes, most);
	return receive_bytes(vu, request, &msg->payload, msg->bytes, fd, deadline);
}

static int64_t deadline_of(const struct vhost_user *vu)
{
	return clock_now_ms() + vu->timeout_ms;
}

/**
 * wire_call - send a message that has a reply, and wait for the reply
 * @vu: connection
 * @msg: message; replaced by the reply
 * @least: minimum length of the payload of the reply, in bytes
 * @most: maximum length of the payload of the reply, in bytes
 */
int wire_call(struct vhost_user *vu, struct message *msg, uint32_t least, uint32_t most)
{
	int64_t deadline = deadline_of(vu);
	uint32_t request = msg->request;
	int ret;

	msg->flags = VHOST_USER_VERSION;
	ret = send_message(vu, msg, NULL, 0, deadline);
	return ret ? ret : receive_reply(vu, request, msg, least, most, NULL, deadline);
}

/**
 * wire_call_fd - send a message whose reply contains a file descriptor, and wait for the reply
 * @vu: connection
 * @msg: message; replaced by the reply
 * @bytes: length of the payload of the reply
 * @fd: set to the file descriptor, which the caller must close; -1 on failure
 */
int wire_call_fd(struct vhost_user *vu, struct message *msg, uint32_t bytes, int *fd)
{
	int64_t deadline = deadline_of(vu);
	uint32_t request = msg->request;
	int ret;

	*fd = -1;
	msg->flags = VHOST_USER_VERSION;
	ret = send_message(vu, msg, NULL, 0, deadline);
	if (!ret)
		ret = receive_reply(vu, request, msg, bytes, bytes, fd, deadline);
	if (!ret && *fd < 0)
		return error_set(vu->error, -EPROTO, "reply to %s contains no file descriptor",
				 request_name(request));
	if (ret && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return ret;
}

/**
 * wire_send - send a message that has no reply except an acknowledgement
 * @vu: connection
 * @msg: message; overwritten
 * @fds: file descriptors to send with the message
 * @nfds: number of entries in @fds
 *
 * If REPLY_ACK was negotiated, requests an acknowledgement and waits for it (VU-4).
 */
int wire_send(struct vhost_user *vu, struct message *msg, const int *fds, unsigned int nfds)
{
	bool ack = vhost_user_has(vu, VHOST_USER_PROTOCOL_F_REPLY_ACK);
	int64_t deadline = deadline_of(vu);
	uint32_t request = msg->request;
	int ret;

	msg->flags = VHOST_USER_VERSION | (ack ? VHOST_USER_NEED_REPLY : 0);
	ret = send_message(vu, msg, fds, nfds, deadline);
	if (ret || !ack)
		return ret;
	ret = receive_reply(vu, request, msg, sizeof(uint64_t), sizeof(uint64_t), NULL, deadline);
	if (ret)
		return ret;
	if (msg->payload.u64)
		return error_set(vu->error, -EPROTO,
				 "back-end rejected %s: REPLY_ACK value is %llu, not 0",
				 request_name(request), (unsigned long long)msg->payload.u64);
	return 0;
}
