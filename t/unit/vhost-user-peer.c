// SPDX-License-Identifier: GPL-2.0-only
/* The back-end's side of a vhost-user connection, and every call that waits for a reply. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "t/unit/vhost-user-peer.h"

struct vhost_user vu;
struct error error;
int peer = -1;
int listener = -1;
char dir[64];
char path[108];

/* sendmsg() and recvmsg() below replace the C library's functions in this program. */
bool stutter;
static unsigned int calls;

static long on_message(long number, int fd, const struct msghdr *hdr, int flags)
{
	struct msghdr copy = *hdr;
	struct iovec iov = *hdr->msg_iov;
	long n;

	if (stutter && calls++ % 2 == 0) {
		errno = EINTR;
		return -1;
	}
	if (stutter && iov.iov_len > 1)
		iov.iov_len = 1;
	copy.msg_iov = &iov;
	n = syscall(number, fd, &copy, flags);
	if (number == SYS_recvmsg) {
		((struct msghdr *)hdr)->msg_controllen = copy.msg_controllen;
		((struct msghdr *)hdr)->msg_flags = copy.msg_flags;
	}
	return n;
}

ssize_t sendmsg(int fd, const struct msghdr *hdr, int flags)
{
	return on_message(SYS_sendmsg, fd, hdr, flags);
}

ssize_t recvmsg(int fd, struct msghdr *hdr, int flags)
{
	return on_message(SYS_recvmsg, fd, hdr, flags);
}

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int listen_at(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, name, strlen(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	return fd;
}

static void connect_peer(void)
{
	ck_assert_msg(!vhost_user_connect(&vu, path, PATIENCE_MS, &error), "%s", error.text);
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(peer, 0);
}

void setup(void)
{
	strcpy(dir, "/tmp/test-vhost-user-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	listener = listen_at(path);
	stutter = false;
	connect_peer();
}

void close_peer(void)
{
	if (peer >= 0)
		close(peer);
	peer = -1;
}

void teardown(void)
{
	char command[128];

	vhost_user_close(&vu);
	close_peer();
	close(listener);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

void reconnect(void)
{
	uint64_t protocol = vu.protocol_features;

	vhost_user_close(&vu);
	close_peer();
	connect_peer();
	vu.protocol_features = protocol;
}

void negotiated(enum vhost_user_protocol_feature feature)
{
	vu.protocol_features |= 1ull << feature;
}

void put(struct bytes *to, uint64_t value, size_t size)
{
	uint64_t v64 = value;
	uint32_t v32 = (uint32_t)value;

	memcpy(to->b + to->n, size == 8 ? (void *)&v64 : (void *)&v32, size);
	to->n += size;
}

struct bytes header(uint32_t request, uint32_t flags, uint32_t size)
{
	struct bytes msg = { 0 };

	put(&msg, request, 4);
	put(&msg, flags, 4);
	put(&msg, size, 4);
	return msg;
}

struct bytes u64_message(uint32_t request, uint32_t flags, uint64_t value)
{
	struct bytes msg = header(request, flags, 8);

	put(&msg, value, 8);
	return msg;
}

void answer(const struct bytes *msg)
{
	ck_assert_int_eq(write(peer, msg->b, msg->n), (ssize_t)msg->n);
}

void answer_u64(uint32_t request, uint64_t value)
{
	struct bytes msg = u64_message(request, REPLY, value);

	answer(&msg);
}

/* Expect exactly the bytes @want and @nfds descriptors, of the file with inode @ino. */
void expect_sent(const struct bytes *want, unsigned int nfds, ino_t ino)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * 16)];
		struct cmsghdr align;
	} control;
	unsigned char got[512];
	unsigned int fds = 0;
	size_t n = 0;

	while (n < want->n) {
		struct iovec iov = { .iov_base = got + n, .iov_len = want->n - n };
		struct msghdr hdr = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control.buf,
				      .msg_controllen = sizeof(control.buf) };
		long ret = syscall(SYS_recvmsg, peer, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		struct cmsghdr *c;

		ck_assert_msg(ret > 0, "%zu of %zu bytes were sent", n, want->n);
		for (c = CMSG_FIRSTHDR(&hdr); c; c = CMSG_NXTHDR(&hdr, c)) {
			struct stat st;
			int fd;

			/* Descriptors are sent with the first byte. */
			ck_assert_uint_eq(n, 0);
			ck_assert_int_eq(c->cmsg_type, SCM_RIGHTS);
			ck_assert_uint_eq(c->cmsg_len, CMSG_LEN(sizeof(int)));
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
			ck_assert_int_eq(fstat(fd, &st), 0);
			ck_assert_uint_eq(st.st_ino, ino);
			close(fd);
			fds++;
		}
		n += (size_t)ret;
	}
	ck_assert_mem_eq(got, want->b, want->n);
	ck_assert_uint_eq(fds, nfds);
}

void expect_nothing_sent(void)
{
	char byte;

	ck_assert_int_lt(recv(peer, &byte, 1, MSG_DONTWAIT), 1);
}

void expect_u64_sent(uint32_t request, uint32_t flags, uint64_t value)
{
	struct bytes msg = u64_message(request, flags, value);

	expect_sent(&msg, 0, 0);
}

ino_t inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

void expect_error(int got, int want, const char *part)
{
	ck_assert_msg(got == want, "%d: '%s'", got, error.text);
	ck_assert_msg(strstr(error.text, part) != NULL, "'%s' does not name %s", error.text, part);
}

uint64_t reply_value;

int call_get_features(void)
{
	return vhost_user_get_features(&vu, &reply_value);
}

static int call_get_queue_num(void)
{
	return vhost_user_get_queue_num(&vu, &reply_value);
}

int call_get_status(void)
{
	uint8_t status;
	int ret = vhost_user_get_status(&vu, &status);

	reply_value = status;
	return ret;
}

int call_get_vring_base(void)
{
	uint32_t base = 0;
	int ret = vhost_user_get_vring_base(&vu, 3, &base);

	reply_value = 3 | (uint64_t)base << 32;
	return ret;
}

int call_negotiate(void)
{
	return vhost_user_negotiate_protocol(&vu, ~0ull);
}

static int call_set_features(void)
{
	return vhost_user_set_features(&vu, 7);
}

static int call_set_owner(void)
{
	return vhost_user_set_owner(&vu);
}

static int call_set_status(void)
{
	return vhost_user_set_status(&vu, 7);
}

int call_share_memory(void)
{
	struct vhost_user_region region = { .bytes = 4096, .fd = peer };

	return vhost_user_share_memory(&vu, &region);
}

int call_share_slot(void)
{
	negotiated(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS);
	return call_share_memory();
}

static int call_get_max_mem_slots(void)
{
	return vhost_user_get_max_mem_slots(&vu, &reply_value);
}

int call_set_vring(void)
{
	static const struct vhost_user_vring_addr nowhere = {
		.desc = (void *)0x7f0000001000,
		.driver = (void *)0x7f0000002000,
		.device = (void *)0x7f0000003000,
	};

	return vhost_user_set_vring(&vu, 3, 256, 0, &nowhere, peer, peer);
}

static int call_set_vring_enable(void)
{
	return vhost_user_set_vring_enable(&vu, 3, true);
}

static int call_sync(void)
{
	return vhost_user_sync(&vu);
}

const struct answered_call answered[ANSWERED_CALLS] = {
	{ call_get_features, 1, "GET_FEATURES", false },
	{ call_sync, 1, "GET_FEATURES", false },
	{ call_negotiate, 15, "GET_PROTOCOL_FEATURES", false },
	{ call_get_queue_num, 17, "GET_QUEUE_NUM", false },
	{ call_get_status, 40, "GET_STATUS", false },
	{ call_get_vring_base, 11, "GET_VRING_BASE", false },
	{ call_get_max_mem_slots, 36, "GET_MAX_MEM_SLOTS", false },
	{ call_set_features, 2, "SET_FEATURES", true },
	{ call_set_owner, 3, "SET_OWNER", true },
	{ call_share_memory, 5, "SET_MEM_TABLE", true },
	{ call_share_slot, 37, "ADD_MEM_REG", true },
	{ call_set_vring, 8, "SET_VRING_NUM", true },
	{ call_set_vring_enable, 18, "SET_VRING_ENABLE", true },
	{ call_set_status, 39, "SET_STATUS", true },
};

int call(size_t i)
{
	/* Test only the call's first reply: vring set-up and protocol negotiation have more. */
	vu.protocol_features = 0;
	negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	error.text[0] = 0;
	return answered[i].call();
}

/* Return the first reply to answered[@i] as a correct back-end sends it. */
struct bytes answer_of(size_t i)
{
	/* A reply to GET_VRING_BASE repeats the ring index. */
	return u64_message(answered[i].request, REPLY, answered[i].request == 11 ? 3 : 0);
}
