/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "t/fake-backend/fault.h"
#include "t/fake-backend/wire.h"

/* Read @len bytes and the file descriptors that accompany them. Return the number of bytes read. */
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
				fake_complain(
					fake,
					"VU-2: file descriptors in more than one part of a message");
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
		fake_complain(fake, "VU-1: message header of only %zu bytes", n);
		return false;
	}
	msg->request = hdr.request;
	msg->flags = hdr.flags;
	msg->size = hdr.size;
	if (hdr.size > sizeof(msg->payload)) {
		fake_complain(fake,
			      "VU-1: message %u has a payload of %u bytes, which is too large",
			      hdr.request, hdr.size);
		return false;
	}
	n = receive(fake, msg, &msg->payload, hdr.size);
	if (n < hdr.size) {
		fake_complain(fake, "VU-1: message %u has only %zu of its %u payload bytes",
			      hdr.request, n, hdr.size);
		return false;
	}
	return true;
}

/*
 * Send one piece of a reply. Return false if the front-end has disconnected, which breaks no rule.
 */
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

/* Send the first @head bytes (0 for none), then the rest in pieces of at most @piece bytes. */
static void send_pieces(struct fake *fake, const char *buf, size_t len, size_t head, size_t piece,
			const int *fds, unsigned int nfds)
{
	/* Long enough for the reader to wake up between two pieces. */
	static const struct timespec pause = { .tv_nsec = 200000 };
	size_t done = 0, n = head ? head : piece;

	while (done < len) {
		if (n > len - done)
			n = len - done;
		if (!send_piece(fake, buf + done, n, fds, nfds))
			return;
		done += n;
		nfds = 0;
		n = piece;
		if (done < len)
			nanosleep(&pause, NULL);
	}
}

/* A reply, and the number of its bytes to send. */
struct reply {
	struct {
		struct wire_header hdr;
		char payload[4096];
	} msg;
	size_t len;
	int fds[2];
	unsigned int nfds;
};

/* Apply the faults that change the contents of the reply. */
static void corrupt_reply(struct fake *fake, struct reply *reply)
{
	struct wire_header *hdr = &reply->msg.hdr;

	if (fake_fault(fake, FAULT_WRONG_REPLY))
		hdr->request++;
	if (fake_fault(fake, FAULT_NO_REPLY_FLAG))
		hdr->flags &= ~WIRE_REPLY;
	if (fake_fault(fake, FAULT_WRONG_VERSION))
		hdr->flags ^= WIRE_VERSION_MASK;
	/*
	 * Send as many bytes as the header announces: the driver must notice that the size is
	 * wrong.
	 */
	if (fake_fault(fake, FAULT_WRONG_SIZE))
		hdr->size += 4;
	if (fake_fault(fake, FAULT_EMPTY_REPLY))
		hdr->size = 0;
	if (fake_fault(fake, FAULT_HUGE_REPLY))
		hdr->size = sizeof(reply->msg.payload);
	reply->len = sizeof(*hdr) + hdr->size;
}

/* Apply the faults that shorten the reply. Return true if no further reply may follow. */
static bool truncate_reply(struct fake *fake, struct reply *reply)
{
	if (fake_fault(fake, FAULT_HALF_HEADER)) {
		reply->len = sizeof(reply->msg.hdr) / 2;
		return true;
	}
	if (fake_fault(fake, FAULT_HEADER_ONLY)) {
		reply->len = sizeof(reply->msg.hdr);
		return true;
	}
	if (fake_fault(fake, FAULT_TRUNCATE)) {
		reply->len /= 2;
		fake->hang_up = true;
	}
	if (fake_fault(fake, FAULT_CUT_PAYLOAD)) {
		reply->len -= reply->msg.hdr.size / 2;
		fake->hang_up = true;
	}
	return false;
}

static void send_reply(struct fake *fake, const struct reply *reply)
{
	const char *bytes = (const char *)&reply->msg;
	size_t head = 0, piece = reply->len;

	if (fake->opt.split_replies)
		piece = 5;
	if (fake_fault(fake, FAULT_SPLIT_REPLY)) {
		head = fake->opt.fault_at[FAULT_SPLIT_REPLY].detail;
		if (!head)
			piece = 1;
	}
	send_pieces(fake, bytes, reply->len, head, piece, reply->fds, reply->nfds);
	if (fake_fault(fake, FAULT_REPEAT_REPLY))
		send_pieces(fake, bytes, reply->len, 0, reply->len, NULL, 0);
}

void fake_reply(struct fake *fake, const struct fake_message *to, const void *payload,
		uint32_t size, int fd)
{
	static const char garbage[] = "what?";
	struct reply reply = {
		.msg.hdr = {
			.request = to->request,
			.flags = WIRE_VERSION | WIRE_REPLY,
			.size = size,
		},
	};
	bool silent;
	int surplus = -1;

	if (size)
		memcpy(reply.msg.payload, payload, size);
	if (fd >= 0 && !fake_fault(fake, FAULT_MISSING_FD))
		reply.fds[reply.nfds++] = fd;
	if (fake_fault(fake, FAULT_EXTRA_FD))
		reply.fds[reply.nfds++] = surplus = open("/dev/null", O_RDWR | O_CLOEXEC);
	corrupt_reply(fake, &reply);
	silent = truncate_reply(fake, &reply);
	if (fake_fault(fake, FAULT_GARBAGE))
		send_piece(fake, garbage, sizeof(garbage) - 1, NULL, 0);
	send_reply(fake, &reply);
	/*
	 * Set @stalled only after the last byte has been sent: a test in another thread may rely on
	 * that.
	 */
	fake->stalled = silent;
	if (surplus >= 0)
		close(surplus);
}

void fake_unasked_reply(struct fake *fake)
{
	struct reply reply = {
		.msg.hdr = {
			.request = fake->opt.fault_at[FAULT_UNASKED_REPLY].detail,
			.flags = WIRE_VERSION | WIRE_REPLY,
			.size = sizeof(uint64_t),
		},
	};

	send_piece(fake, (const char *)&reply.msg, sizeof(reply.msg.hdr) + sizeof(uint64_t), NULL,
		   0);
}

void fake_reply_u64(struct fake *fake, const struct fake_message *to, uint64_t value)
{
	fake_reply(fake, to, &value, sizeof(value), -1);
}
