// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target for the messages of a back-end (libFuzzer, clang). The driver opens a device, starts
 * it and stops it; the input is everything that the back-end sends.
 *
 * Properties that hold for every input: the driver finishes, and if it fails, it sets an error
 * message; it accesses no invalid memory (checked by the sanitizers); it leaves no descriptor open.
 *
 * An input is a sequence of records, one for each time that the driver waits for the socket. A
 * record is a type byte, a length byte, and as many bytes as the length says. At the end of the
 * input the back-end closes the connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_dev.h"
#include "vhost/blk/blk_start.h"
#include "vhost/transport/vhost-user/wire.h"

#define QUEUES	   2u
#define RING_BYTES 16384u
#define TIMEOUT_MS 100u
#define FDS_MAX	   64

/* Bits of a record's first byte. */
#define RECORD_ANSWERS 1u /* the bytes are the payload of a reply to the last message */
#define RECORD_SILENT  2u /* the back-end sends nothing until the time limit expires */
#define RECORD_FDS(b)  ((b) >> 2 & 15u)

#define MUST(condition)                                                    \
	do {                                                               \
		if (!(condition)) {                                        \
			fprintf(stderr, "check failed: %s\n", #condition); \
			abort();                                           \
		}                                                          \
	} while (0)

static const uint8_t *input;
static size_t input_bytes;
static int listener = -1, peer = -1;
static int64_t now_ms;
static struct arena arena;
static struct transport_queue queue[QUEUES];
static struct sockaddr_un address = { .sun_family = AF_UNIX };

/* Replaces the C library's clock_gettime() in this program. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, id, ts);
	ts->tv_sec = now_ms / 1000;
	ts->tv_nsec = now_ms % 1000 * 1000000;
	return 0;
}

static void hang_up(void)
{
	if (peer >= 0)
		close(peer);
	peer = -1;
}

static void say(const void *bytes, size_t n, unsigned int nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = n };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[16];
	unsigned int i;

	for (i = 0; i < nfds; i++)
		fds[i] = listener;
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
	if (n)
		MUST(sendmsg(peer, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n);
}

/* Read all messages that the driver sent. Return the number of the last one. */
static uint32_t hear(void)
{
	static uint32_t last;
	struct message msg;

	while (recv(peer, &msg, HEADER_BYTES, MSG_DONTWAIT) == (ssize_t)HEADER_BYTES) {
		MUST(msg.bytes <= sizeof(msg.payload));
		if (msg.bytes)
			MUST(recv(peer, &msg.payload, msg.bytes, MSG_DONTWAIT) == msg.bytes);
		last = msg.request;
	}
	return last;
}

/* Process one record as the back-end. Return false if the back-end lets the time limit expire. */
static bool answer(void)
{
	uint8_t what;
	size_t n;

	if (peer < 0)
		peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	MUST(peer >= 0);
	if (input_bytes < 2) {
		hang_up();
		return true;
	}
	what = input[0];
	n = input[1];
	input += 2;
	input_bytes -= 2;
	if (n > input_bytes)
		n = input_bytes;
	if (what & RECORD_SILENT)
		return false;
	if (what & RECORD_ANSWERS) {
		struct message msg = {
			.request = hear(),
			.flags = VHOST_USER_VERSION | VHOST_USER_REPLY,
			.bytes = (uint32_t)n,
		};

		memcpy(&msg.payload, input, n);
		say(&msg, HEADER_BYTES + n, RECORD_FDS(what));
	} else {
		say(input, n, RECORD_FDS(what));
	}
	input += n;
	input_bytes -= n;
	return true;
}

/* Replaces the C library's poll(). The driver polls only its socket. */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	MUST(n == 1);
	for (;;) {
		static const struct timespec at_once;
		int ready = ppoll(fds, n, &at_once, NULL);

		if (ready)
			return ready;
		if (!answer()) {
			now_ms += timeout;
			return 0;
		}
	}
}

static void set_up(void)
{
	const char *folder = getenv("TMPDIR");
	unsigned int i;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/fuzz-vhost-user.%d",
		 folder ? folder : "/tmp", getpid());
	unlink(address.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	MUST(listener >= 0 && !bind(listener, (struct sockaddr *)&address, sizeof(address)) &&
	     !listen(listener, 4));
	MUST(!arena_create(&arena, QUEUES * RING_BYTES, ARENA_PAGES_PLAIN));
	for (i = 0; i < QUEUES; i++) {
		unsigned char *base = arena.base + i * RING_BYTES;

		queue[i] = (struct transport_queue){
			.size = 16,
			.addr = { base, base + 4096, base + 8192 },
			.kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
			.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		};
		MUST(queue[i].kick_fd >= 0 && queue[i].call_fd >= 0);
	}
}

static void tear_down(void)
{
	unlink(address.sun_path);
}

static uint64_t open_fds(void)
{
	uint64_t open = 0;
	int fd;

	for (fd = 0; fd < FDS_MAX; fd++)
		open |= (uint64_t)(fcntl(fd, F_GETFD) >= 0) << fd;
	return open;
}

static int drive(struct blk_dev *dev)
{
	/* The length of the input chooses the option, so that no byte of the input is needed. */
	struct blk_dev_options options = { .inflight = input_bytes % 2 };
	int ret = blk_dev_open(dev, address.sun_path, TIMEOUT_MS, &options);
	uint32_t queues;

	if (ret)
		return ret;
	MUST(dev->queues_max && dev->block_bytes >= BLK_SECTOR_BYTES);
	MUST(dev->capacity_bytes % dev->block_bytes == 0 && dev->size_max >= BLK_SECTOR_BYTES);
	queues = dev->queues_max < QUEUES ? dev->queues_max : QUEUES;
	if (blk_dev_has(dev, VIRTIO_BLK_F_CONFIG_WCE) &&
	    (ret = blk_dev_set_writeback(dev, !dev->writeback))) {
		blk_dev_close(dev);
		return ret;
	}
	ret = blk_dev_start(dev, &arena, queue, queues);
	if (!ret)
		ret = blk_dev_stop(dev);
	blk_dev_forget_inflight(dev);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct blk_dev dev;
	uint64_t before;
	int ret;

	if (listener < 0) {
		set_up();
		atexit(tear_down);
	}
	before = open_fds();
	input = data;
	input_bytes = bytes;
	ret = drive(&dev);
	MUST(!dev.transport.ops);
	MUST(!ret || *dev.error.text);
	/* No connection may remain in the backlog of the listener either. */
	if (peer < 0)
		peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	hang_up();
	MUST(open_fds() == before);
	return 0;
}
