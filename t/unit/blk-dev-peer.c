// SPDX-License-Identifier: GPL-2.0-only
/* A fake vhost-user back-end that records the messages it receives. */
#include <endian.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "t/unit/blk-dev-peer.h"
#include "vhost/blk/blk_start.h"

struct peer peer;
struct blk_dev dev;
struct blk_dev_options dev_options;
struct arena arena;
struct transport_queue queue[4];
char dir[64];
char path[108];
int listener = -1;
static pthread_t thread;
static bool running;

static const struct {
	uint32_t request;
	const char *name;
	bool number; /* show the payload, a number, in transcripts */
} names[] = {
	{ 1, "GET_FEATURES", false },
	{ 2, "SET_FEATURES", false },
	{ 3, "SET_OWNER", false },
	{ 5, "SET_MEM_TABLE", false },
	{ 8, "SET_VRING_NUM", true },
	{ 9, "SET_VRING_ADDR", true },
	{ 10, "SET_VRING_BASE", true },
	{ 11, "GET_VRING_BASE", true },
	{ 12, "SET_VRING_KICK", true },
	{ 13, "SET_VRING_CALL", true },
	{ 15, "GET_PROTOCOL_FEATURES", false },
	{ 16, "SET_PROTOCOL_FEATURES", false },
	{ 17, "GET_QUEUE_NUM", false },
	{ 18, "SET_VRING_ENABLE", true },
	{ 24, "GET_CONFIG", false },
	{ 25, "SET_CONFIG", false },
	{ 31, "GET_INFLIGHT_FD", false },
	{ 32, "SET_INFLIGHT_FD", false },
	{ 36, "GET_MAX_MEM_SLOTS", false },
	{ 37, "ADD_MEM_REG", false },
	{ 39, "SET_STATUS", true },
	{ 40, "GET_STATUS", false },
};

uint32_t get32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

uint64_t get64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

void set32(unsigned int at, uint32_t v)
{
	v = htole32(v);
	memcpy(peer.config + at, &v, sizeof(v));
}

void set_capacity(uint64_t sectors)
{
	sectors = htole64(sectors);
	memcpy(peer.config + CAPACITY, &sectors, sizeof(sectors));
}

void set_num_queues(uint16_t v)
{
	v = htole16(v);
	memcpy(peer.config + NUM_QUEUES, &v, sizeof(v));
}

static bool receive(int fd, void *data, size_t bytes, unsigned int *fds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * 8)];
		struct cmsghdr align;
	} control;
	size_t n = 0;

	while (n < bytes) {
		struct iovec iov = { .iov_base = (char *)data + n, .iov_len = bytes - n };
		struct msghdr hdr = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control.buf,
				      .msg_controllen = sizeof(control.buf) };
		ssize_t got = recvmsg(fd, &hdr, MSG_CMSG_CLOEXEC);
		struct cmsghdr *c;

		if (got <= 0)
			return false;
		for (c = CMSG_FIRSTHDR(&hdr); c; c = CMSG_NXTHDR(&hdr, c)) {
			int received;

			memcpy(&received, CMSG_DATA(c), sizeof(received));
			close(received);
			(*fds)++;
		}
		n += (size_t)got;
	}
	return true;
}

static void reply(int fd, uint32_t request, const void *payload, uint32_t bytes)
{
	unsigned char msg[12 + 280];
	uint32_t header[3] = { request, 5, bytes };

	memcpy(msg, header, sizeof(header));
	memcpy(msg + 12, payload, bytes);
	send(fd, msg, 12 + bytes, MSG_NOSIGNAL);
}

/* Reply with a region of one page, sent as 1 + peer.inflight_fds copies of its descriptor. */
static void reply_inflight(int fd, const struct record *m)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * 8)];
		struct cmsghdr align;
	} control = { 0 };
	unsigned char msg[12 + 24] = { 0 };
	uint32_t header[3] = { m->request, 5, 24 };
	struct iovec iov = { .iov_base = msg, .iov_len = sizeof(msg) };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned int count = (unsigned int)(1 + peer.inflight_fds), i;
	int region = memfd_create("inflight", MFD_CLOEXEC);

	ck_assert_int_ge(region, 0);
	memcpy(msg, header, sizeof(header));
	memcpy(msg + 12, &(uint64_t){ 4096 }, 8);
	memcpy(msg + 28, m->payload + 16, 4);
	if (count) {
		struct cmsghdr *c = (struct cmsghdr *)control.buf;

		hdr.msg_control = control.buf;
		hdr.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * count);
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &region, sizeof(int));
	}
	sendmsg(fd, &hdr, MSG_NOSIGNAL);
	close(region);
}

bool was_kicked(void)
{
	for (size_t i = 0; i < COUNT(queue); i++) {
		struct pollfd pfd = { .fd = queue[i].kick_fd, .events = POLLIN };

		if (poll(&pfd, 1, 0) > 0)
			return true;
	}
	return false;
}

static void reply_config(int fd, const struct record *m)
{
	uint32_t asked = get32(m->payload + 4);
	uint32_t n = asked < peer.config_bytes ? asked : peer.config_bytes;
	unsigned char payload[12 + 256];

	if (peer.config_only && asked != peer.config_only)
		n = 0;
	memset(payload, 0, sizeof(payload));
	memcpy(payload + 4, &n, sizeof(n));
	memcpy(payload + 12, peer.config, n);
	reply(fd, m->request, payload, n ? 12 + n : 0);
}

static void handle(int fd, const struct record *m)
{
	uint64_t value = 0;

	switch (m->request) {
	case VHOST_USER_GET_FEATURES:
		value = peer.features;
		break;
	case VHOST_USER_GET_PROTOCOL_FEATURES:
		value = peer.protocol;
		break;
	case VHOST_USER_GET_QUEUE_NUM:
		value = peer.queue_num;
		break;
	case VHOST_USER_GET_MAX_MEM_SLOTS:
		value = peer.slots;
		break;
	case VHOST_USER_GET_STATUS:
		value = peer.status;
		break;
	case VHOST_USER_GET_VRING_BASE:
		value = get32(m->payload);
		break;
	case VHOST_USER_GET_CONFIG:
		reply_config(fd, m);
		return;
	case VHOST_USER_GET_INFLIGHT_FD:
		reply_inflight(fd, m);
		return;
	default:
		if (m->request == VHOST_USER_SET_FEATURES)
			peer.config[WCE] = peer.wce_late;
		if (m->request == VHOST_USER_SET_CONFIG && !peer.keeps_wce)
			peer.config[WCE] = m->payload[12];
		if (m->request == VHOST_USER_SET_STATUS)
			peer.status = m->payload[0] & (peer.refuses_features ? ~8 : ~0);
		if (m->request == VHOST_USER_SET_STATUS && m->payload[0] == 0xf)
			peer.kicked_early = was_kicked();
		/* Acknowledge the message if its need_reply flag is set. */
		if (!(m->flags & 8))
			return;
		value = m->request == peer.refuses;
	}
	reply(fd, m->request, &value, sizeof(value));
}

static void *device(void *arg)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	(void)arg;
	while (fd >= 0 && peer.n < COUNT(peer.log)) {
		struct record *m = &peer.log[peer.n];

		if (peer.hang_up && peer.n == peer.hang_up)
			break;
		if (!receive(fd, m, 12, &m->fds) || m->bytes > sizeof(m->payload) ||
		    !receive(fd, m->payload, m->bytes, &m->fds))
			break;
		peer.n++;
		if (!peer.ignores || m->request != peer.ignores)
			handle(fd, m);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Wait until the back-end has seen the connection close: its log is complete after that. */
void join(void)
{
	if (!running)
		return;
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	running = false;
}

void be_device(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	join();
	if (listener >= 0)
		close(listener);
	unlink(path);
	peer.n = 0;
	peer.status = 0x55;
	memset(peer.log, 0, sizeof(peer.log));
	memcpy(addr.sun_path, path, strlen(path));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, device, NULL), 0);
	running = true;
}

void setup(void)
{
	strcpy(dir, "/tmp/test-blk-dev-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	memset(&peer, 0, sizeof(peer));
	memset(&dev_options, 0, sizeof(dev_options));
	dev.transport.ops = NULL;
	peer.features = VERSION_1 | PROTOCOL;
	peer.protocol = CONFIG | REPLY_ACK | MQ | MEM_SLOTS | STATUS;
	peer.queue_num = 4;
	peer.slots = 1;
	peer.config_bytes = 96;
	set_capacity(2048);
	set32(BLK_SIZE, 4096);
	set32(SEG_MAX, 126);
	set32(SIZE_MAX_, 65536);
	set32(DISCARD_SECTORS, 1000);
	set32(DISCARD_SEG, 3);
	set32(DISCARD_ALIGN, 8);
	set_num_queues(4);
	ck_assert_int_eq(arena_create(&arena, ARENA_UNIT, ARENA_PAGES_PLAIN), 0);
	for (size_t i = 0; i < COUNT(queue); i++) {
		unsigned char *base = arena.base + i * 65536;

		queue[i].size = 256;
		queue[i].addr.desc = base;
		queue[i].addr.driver = base + 8192;
		queue[i].addr.device = base + 16384;
		queue[i].kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		queue[i].call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
}

void teardown(void)
{
	char command[128];

	transport_close(&dev.transport);
	join();
	close(listener);
	listener = -1;
	for (size_t i = 0; i < COUNT(queue); i++) {
		close(queue[i].kick_fd);
		close(queue[i].call_fd);
	}
	arena_destroy(&arena);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

int try_open(void)
{
	be_device();
	return blk_dev_open(&dev, path, TIMEOUT_MS, &dev_options);
}

void must_open(void)
{
	int ret = try_open();

	ck_assert_msg(ret == 0, "%d: '%s'", ret, dev.error.text);
}

/* Return the received messages that @only names, as a list of names; NULL selects all messages. */
const char *transcript(const char *only)
{
	static char text[4096];
	size_t at = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < peer.n; i++)
		for (size_t k = 0; k < COUNT(names); k++) {
			const char *space = at ? " " : "";

			if (names[k].request != peer.log[i].request ||
			    (only && !strstr(only, names[k].name)))
				continue;
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", space,
					       names[k].name);
			if (names[k].number)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "=%x",
						       get32(peer.log[i].payload));
		}
	return text;
}

const struct record *find(uint32_t request)
{
	for (unsigned int i = 0; i < peer.n; i++)
		if (peer.log[i].request == request)
			return &peer.log[i];
	return NULL;
}

uint64_t features_set(void)
{
	const struct record *m = find(VHOST_USER_SET_FEATURES);

	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(get64(m->payload), dev.features);
	return get64(m->payload);
}

void must_fail(int error, const char *sentence)
{
	unsigned int fds;
	int ret;

	be_device();
	fds = unit_count_fds();
	ret = blk_dev_open(&dev, path, TIMEOUT_MS, &dev_options);
	ck_assert_msg(ret == error, "%d: '%s'", ret, dev.error.text);
	ck_assert_msg(strstr(dev.error.text, sentence) != NULL, "'%s'", dev.error.text);
	ck_assert_ptr_null(dev.transport.ops);
	join();
	ck_assert_uint_le(unit_count_fds(), fds);
}

void must_start(uint32_t count)
{
	int ret = blk_dev_start(&dev, &arena, queue, count);

	ck_assert_msg(ret == 0, "%d: '%s'", ret, dev.error.text);
}
