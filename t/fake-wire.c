/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fake-wire.h"

/* Reads @len bytes and the descriptors that come with them. Returns how many bytes there were. */
static size_t receive(struct fake *fake, struct fake_message *msg, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(msg->fds))];
		struct iovec iov = { .iov_base = (char *)buf + done, .iov_len = len - done };
		struct msghdr hdr = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		struct cmsghdr *c;
		ssize_t n = recvmsg(fake->fd, &hdr, MSG_CMSG_CLOEXEC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
		for (c = CMSG_FIRSTHDR(&hdr); c; c = CMSG_NXTHDR(&hdr, c)) {
			size_t bytes = c->cmsg_len - CMSG_LEN(0);

			if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
				continue;
			if (msg->nfds) {
				fake_complain(fake, "VU-2: descriptors in two pieces of a message");
				fake->hang_up = true;
				break;
			}
			memcpy(msg->fds, CMSG_DATA(c), bytes);
			msg->nfds = (unsigned int)(bytes / sizeof(int));
		}
	}
	return done;
}

bool fake_receive(struct fake *fake, struct fake_message *msg)
{
	struct wire_header hdr;
	size_t n;

	memset(msg, 0, sizeof(*msg));
	n = receive(fake, msg, &hdr, sizeof(hdr));
	if (!n)
		return false;
	if (n < sizeof(hdr)) {
		fake_complain(fake, "VU-1: %zu bytes of a message's header", n);
		return false;
	}
	msg->request = hdr.request;
	msg->flags = hdr.flags;
	msg->size = hdr.size;
	if (hdr.size > sizeof(msg->payload)) {
		fake_complain(fake, "VU-1: message %u has %u bytes", hdr.request, hdr.size);
		return false;
	}
	n = receive(fake, msg, &msg->payload, hdr.size);
	if (n < hdr.size) {
		fake_complain(fake, "VU-1: message %u has %zu of its %u bytes", hdr.request, n,
			      hdr.size);
		return false;
	}
	return true;
}

/* Returns false if the front-end is gone, which is no fault of its own. */
static bool send_piece(struct fake *fake, const char *buf, size_t len, const int *fds,
		       unsigned int nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (char *)(uintptr_t)buf, .iov_len = len };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (nfds) {
		struct cmsghdr *c;

		hdr.msg_control = control;
		hdr.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do {
		n = sendmsg(fake->fd, &hdr, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)len;
}

static void send_all(struct fake *fake, const char *buf, size_t len, const int *fds,
		     unsigned int nfds)
{
	/* Long enough that the reader is awake between two pieces. */
	static const struct timespec pause = { .tv_nsec = 200000 };
	size_t done = 0, piece = len;

	while (done < len) {
		if (fake->opt.split_replies)
			piece = 1 + done % 5;
		if (piece > len - done)
			piece = len - done;
		if (!send_piece(fake, buf + done, piece, fds, nfds))
			return;
		done += piece;
		nfds = 0;
		if (fake->opt.split_replies)
			nanosleep(&pause, NULL);
	}
}

void fake_reply(struct fake *fake, const struct fake_message *to, const void *payload,
		uint32_t size, int fd)
{
	const uint32_t *fault_at = fake->opt.fault_at;
	struct {
		struct wire_header hdr;
		char payload[sizeof(to->payload) + 4];
	} reply = {
		.hdr = {
			.request = to->request,
			.flags = WIRE_VERSION | WIRE_REPLY,
			.size = size,
		},
	};
	size_t len;
	int fds[2], surplus = -1;
	unsigned int nfds = 0;

	if (size)
		memcpy(reply.payload, payload, size);
	if (fd >= 0)
		fds[nfds++] = fd;
	if (to->request == fault_at[FAULT_EXTRA_FD])
		fds[nfds++] = surplus = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (to->request == fault_at[FAULT_WRONG_REPLY])
		reply.hdr.request++;
	if (to->request == fault_at[FAULT_NO_REPLY_FLAG])
		reply.hdr.flags &= ~WIRE_REPLY;
	if (to->request == fault_at[FAULT_WRONG_VERSION])
		reply.hdr.flags ^= WIRE_VERSION_MASK;
	/* As many bytes as announced: what has to be noticed is that they are too many. */
	if (to->request == fault_at[FAULT_WRONG_SIZE])
		reply.hdr.size += 4;
	len = sizeof(reply.hdr) + reply.hdr.size;
	if (to->request == fault_at[FAULT_TRUNCATE]) {
		len /= 2;
		fake->hang_up = true;
	}
	send_all(fake, (const char *)&reply, len, fds, nfds);
	if (surplus >= 0)
		close(surplus);
}

void fake_reply_u64(struct fake *fake, const struct fake_message *to, uint64_t value)
{
	fake_reply(fake, to, &value, sizeof(value), -1);
}
