// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost-user messages, byte by byte. The back-end is the other end of the socket: most answers are
 * written before the question is asked, and what was asked is read afterwards. Where time matters
 * (answers in parts, late ones) a thread writes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "t/unit.h"
#include "vhost/vhost_user.h"

#define TIMEOUT_MS 100
/* For answers that do come, however busy the machine. */
#define PATIENCE_MS 20000
/* How much later than asked a busy machine may wake us. */
#define SLACK_MS 10000

static struct vhost_user vu;
static int peer = -1;
static int listener = -1;
static char dir[64];
static char path[108];

/*
 * The C library's sendmsg() and recvmsg(), for everything in this program: on demand they carry
 * one byte a call, and every other call is interrupted.
 */
static bool one_byte, interrupted;
static unsigned int calls;

static long on_message(long number, int fd, const struct msghdr *hdr, int flags)
{
	struct msghdr copy = *hdr;
	struct iovec iov = *hdr->msg_iov;
	long n;

	if (interrupted && calls++ % 2 == 0) {
		errno = EINTR;
		return -1;
	}
	if (one_byte && iov.iov_len > 1)
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

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int listen_at(const char *name)
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
	ck_assert_msg(!vhost_user_connect(&vu, path, PATIENCE_MS), "%s", vu.error);
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(peer, 0);
}

static void setup(void)
{
	strcpy(dir, "/tmp/test-vhost-user-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	listener = listen_at(path);
	one_byte = interrupted = false;
	connect_peer();
}

static void close_peer(void)
{
	if (peer >= 0)
		close(peer);
	peer = -1;
}

static void teardown(void)
{
	char command[128];

	vhost_user_close(&vu);
	close_peer();
	close(listener);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void reconnect(void)
{
	uint64_t protocol = vu.protocol_features;

	vhost_user_close(&vu);
	close_peer();
	connect_peer();
	vu.protocol_features = protocol;
}

static void negotiated(enum vhost_user_protocol_feature feature)
{
	vu.protocol_features |= 1ull << feature;
}

/* Bytes in the machine's order, as the protocol has them. */
struct bytes {
	size_t n;
	unsigned char b[512];
};

static void put(struct bytes *to, uint64_t value, size_t size)
{
	uint64_t v64 = value;
	uint32_t v32 = (uint32_t)value;

	memcpy(to->b + to->n, size == 8 ? (void *)&v64 : (void *)&v32, size);
	to->n += size;
}

static struct bytes header(uint32_t request, uint32_t flags, uint32_t size)
{
	struct bytes msg = { 0 };

	put(&msg, request, 4);
	put(&msg, flags, 4);
	put(&msg, size, 4);
	return msg;
}

static struct bytes u64_message(uint32_t request, uint32_t flags, uint64_t value)
{
	struct bytes msg = header(request, flags, 8);

	put(&msg, value, 8);
	return msg;
}

static void answer(const struct bytes *msg)
{
	ck_assert_int_eq(write(peer, msg->b, msg->n), (ssize_t)msg->n);
}

/* Version 1 and the reply flag. */
#define REPLY	   5u
#define NEED_REPLY 8u

static void answer_u64(uint32_t request, uint64_t value)
{
	struct bytes msg = u64_message(request, REPLY, value);

	answer(&msg);
}

/* What was sent: exactly these bytes and @nfds descriptors, the file behind which is @ino. */
static void expect_sent(const struct bytes *want, unsigned int nfds, ino_t ino)
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

			/* Descriptors go with the first byte. */
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

static void expect_nothing_sent(void)
{
	char byte;

	ck_assert_int_lt(recv(peer, &byte, 1, MSG_DONTWAIT), 1);
}

static void expect_u64_sent(uint32_t request, uint32_t flags, uint64_t value)
{
	struct bytes msg = u64_message(request, flags, value);

	expect_sent(&msg, 0, 0);
}

static ino_t inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

static void expect_error(int got, int want, const char *part)
{
	ck_assert_msg(got == want, "%d: '%s'", got, vu.error);
	ck_assert_msg(strstr(vu.error, part) != NULL, "'%s' does not name %s", vu.error, part);
}

/* ---- every message that is answered ---- */

static const struct vhost_user_vring_addr areas = {
	.desc = (void *)0x7f0000001000,
	.driver = (void *)0x7f0000002000,
	.device = (void *)0x7f0000003000,
};

static int config_16(void)
{
	unsigned char space[16];
	uint32_t got;

	return vhost_user_get_config(&vu, space, sizeof(space), &got);
}

static uint64_t value;

static int call_get_features(void)
{
	return vhost_user_get_features(&vu, &value);
}

static int call_get_queue_num(void)
{
	return vhost_user_get_queue_num(&vu, &value);
}

static int call_get_status(void)
{
	uint8_t status;
	int ret = vhost_user_get_status(&vu, &status);

	value = status;
	return ret;
}

static int call_get_vring_base(void)
{
	uint32_t base = 0;
	int ret = vhost_user_get_vring_base(&vu, 3, &base);

	value = 3 | (uint64_t)base << 32;
	return ret;
}

static int call_negotiate(void)
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

static int call_share_memory(void)
{
	struct vhost_user_region region = { .bytes = 4096, .fd = peer };

	return vhost_user_share_memory(&vu, &region);
}

static int call_share_slot(void)
{
	negotiated(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS);
	return call_share_memory();
}

static int call_get_max_mem_slots(void)
{
	return vhost_user_get_max_mem_slots(&vu, &value);
}

static int call_set_vring(void)
{
	return vhost_user_set_vring(&vu, 3, 256, 0, &areas, peer, peer);
}

static int call_set_vring_enable(void)
{
	return vhost_user_set_vring_enable(&vu, 3, true);
}

static int call_sync(void)
{
	return vhost_user_sync(&vu);
}

/* Calls, the message whose answer comes first, its name; all of them with REPLY_ACK negotiated. */
static const struct {
	int (*call)(void);
	uint32_t request;
	const char *name;
	bool ack;
} answered[] = {
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

static int call(size_t i)
{
	/* Only the first answer matters here: a ring and negotiation have more messages. */
	vu.protocol_features = 0;
	negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	vu.error[0] = 0;
	return answered[i].call();
}

START_TEST(VU_1_messages_without_payload)
{
	struct bytes msg;

	answer_u64(1, 0x1234567890abcdef);
	ck_assert_int_eq(vhost_user_get_features(&vu, &value), 0);
	ck_assert_uint_eq(value, 0x1234567890abcdef);
	msg = header(1, 1, 0);
	expect_sent(&msg, 0, 0);

	answer_u64(17, 5);
	ck_assert_int_eq(vhost_user_get_queue_num(&vu, &value), 0);
	ck_assert_uint_eq(value, 5);
	msg = header(17, 1, 0);
	expect_sent(&msg, 0, 0);

	answer_u64(40, 0x4f);
	ck_assert_int_eq(call_get_status(), 0);
	ck_assert_uint_eq(value, 0x4f);
	msg = header(40, 1, 0);
	expect_sent(&msg, 0, 0);

	ck_assert_int_eq(vhost_user_set_owner(&vu), 0);
	msg = header(3, 1, 0);
	expect_sent(&msg, 0, 0);
	expect_nothing_sent();
}
END_TEST

START_TEST(VU_1_messages_with_a_number)
{
	ck_assert_int_eq(vhost_user_set_features(&vu, 0x123456789abcdef0), 0);
	expect_u64_sent(2, 1, 0x123456789abcdef0);
	ck_assert_int_eq(vhost_user_set_status(&vu, 0x8f), 0);
	expect_u64_sent(39, 1, 0x8f);
	ck_assert_int_eq(vhost_user_set_status(&vu, 0), 0);
	expect_u64_sent(39, 1, 0);
	expect_nothing_sent();
}
END_TEST

START_TEST(VU_1_ring_states)
{
	struct bytes msg;

	for (uint32_t enable = 0; enable < 2; enable++) {
		ck_assert_int_eq(vhost_user_set_vring_enable(&vu, 7, enable), 0);
		msg = header(18, 1, 8);
		put(&msg, 7, 4);
		put(&msg, enable, 4);
		expect_sent(&msg, 0, 0);
	}
	msg = header(11, REPLY, 8);
	put(&msg, 3, 4);
	put(&msg, 0xabcd, 4);
	answer(&msg);
	ck_assert_int_eq(call_get_vring_base(), 0);
	ck_assert_uint_eq(value >> 32, 0xabcd);
	msg = header(11, 1, 8);
	put(&msg, 3, 4);
	put(&msg, 0, 4);
	expect_sent(&msg, 0, 0);
}
END_TEST

START_TEST(VU_1_stopping_another_ring_is_an_error)
{
	struct bytes msg = header(11, REPLY, 8);

	put(&msg, 4, 4);
	put(&msg, 0, 4);
	answer(&msg);
	ck_assert_int_eq(call_get_vring_base(), -EPROTO);
}
END_TEST

/* The messages of a ring, with @flags; @index, and inodes of the two descriptors. */
static void expect_vring(uint32_t flags, uint32_t index, ino_t kick, ino_t call_ino)
{
	struct bytes msg = header(8, flags, 8);

	put(&msg, index, 4);
	put(&msg, 256, 4);
	expect_sent(&msg, 0, 0);
	msg = header(10, flags, 8);
	put(&msg, index, 4);
	put(&msg, 0, 4);
	expect_sent(&msg, 0, 0);
	msg = header(9, flags, 40);
	put(&msg, index, 4);
	put(&msg, 0, 4); /* flags: no logging */
	put(&msg, 0x7f0000001000, 8);
	put(&msg, 0x7f0000003000, 8); /* used before available */
	put(&msg, 0x7f0000002000, 8);
	put(&msg, 0, 8);
	expect_sent(&msg, 0, 0);
	msg = u64_message(13, flags, index);
	expect_sent(&msg, 1, call_ino);
	msg = u64_message(12, flags, index);
	expect_sent(&msg, 1, kick);
	expect_nothing_sent();
}

START_TEST(VU_1_VU_12_ring_is_described_and_its_kick_comes_last)
{
	int kick = memfd_create("kick", MFD_CLOEXEC), ring = memfd_create("call", MFD_CLOEXEC);
	unsigned int fds = unit_count_fds();

	ck_assert_int_eq(vhost_user_set_vring(&vu, 2, 256, 0, &areas, kick, ring), 0);
	expect_vring(1, 2, inode(kick), inode(ring));
	/* One byte at a time: the descriptor is sent once. */
	one_byte = interrupted = true;
	ck_assert_int_eq(vhost_user_set_vring(&vu, 2, 256, 0, &areas, kick, ring), 0);
	one_byte = interrupted = false;
	expect_vring(1, 2, inode(kick), inode(ring));

	negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	for (size_t i = 0; i < 5; i++)
		answer_u64((uint32_t[]){ 8, 10, 9, 13, 12 }[i], 0);
	ck_assert_int_eq(vhost_user_set_vring(&vu, 255, 256, 0, &areas, kick, ring), 0);
	expect_vring(1 | NEED_REPLY, 255, inode(kick), inode(ring));
	ck_assert_uint_eq(unit_count_fds(), fds);
	close(kick);
	close(ring);
}
END_TEST

START_TEST(VU_1_ring_number_stays_within_its_eight_bits)
{
	/* Bit 8 of SET_VRING_KICK says that there is no descriptor: ring 256 cannot be named. */
	ck_assert_int_lt(vhost_user_set_vring(&vu, 256, 256, 0, &areas, peer, peer), 0);
}
END_TEST

START_TEST(VU_4_first_refusal_ends_the_description_of_a_ring)
{
	struct bytes msg = header(8, 1 | NEED_REPLY, 8);

	negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	answer_u64(8, 0);
	answer_u64(10, 1);
	expect_error(vhost_user_set_vring(&vu, 0, 256, 0, &areas, peer, peer), -EPROTO,
		     "SET_VRING_BASE");
	put(&msg, 0, 4);
	put(&msg, 256, 4);
	expect_sent(&msg, 0, 0);
	msg = header(10, 1 | NEED_REPLY, 8);
	put(&msg, 0, 4);
	put(&msg, 0, 4);
	expect_sent(&msg, 0, 0);
	expect_nothing_sent();
}
END_TEST

START_TEST(VU_4_acknowledgement_only_when_negotiated)
{
	/* Nobody answers: without REPLY_ACK nobody waits. */
	ck_assert_int_eq(vhost_user_set_features(&vu, 7), 0);
	expect_u64_sent(2, 1, 7);
	negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	answer_u64(2, 0);
	ck_assert_int_eq(vhost_user_set_features(&vu, 7), 0);
	expect_u64_sent(2, 1 | NEED_REPLY, 7);
	expect_error(vhost_user_set_features(&vu, 7), -ETIMEDOUT, "SET_FEATURES");
}
END_TEST

START_TEST(VU_4_non_zero_acknowledgement_names_the_message)
{
	static const uint64_t refusals[] = { 1, 22, 1ull << 63, ~0ull, 1ull << 32 };

	for (size_t i = 0; i < COUNT(answered); i++)
		for (size_t k = 0; k < COUNT(refusals) && answered[i].ack; k++) {
			reconnect();
			answer_u64(answered[i].request, refusals[k]);
			expect_error(call(i), -EPROTO, answered[i].name);
		}
}
END_TEST

START_TEST(VU_4_questions_ask_for_no_acknowledgement_of_their_own)
{
	struct bytes msg = header(1, 1, 0);

	negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	answer_u64(1, 42);
	ck_assert_int_eq(call_get_features(), 0);
	expect_sent(&msg, 0, 0);
}
END_TEST

START_TEST(VU_1_answers_of_the_wrong_kind_are_errors)
{
	for (size_t i = 0; i < COUNT(answered); i++) {
		uint32_t request = answered[i].request;
		const struct {
			uint32_t request, flags, size;
		} wrong[] = {
			{ request + 1, REPLY, 8 }, { 0, REPLY, 8 },	   { ~0u, REPLY, 8 },
			{ request, 0, 8 },	   { request, 1, 8 },	   { request, 4, 8 },
			{ request, 6, 8 },	   { request, 7, 8 },	   { request, 9, 8 },
			{ request, REPLY, 0 },	   { request, REPLY, 4 },  { request, REPLY, 7 },
			{ request, REPLY, 9 },	   { request, REPLY, 16 }, { request, REPLY, 4096 },
			{ request, REPLY, ~0u },
		};

		for (size_t k = 0; k < COUNT(wrong); k++) {
			struct bytes msg = header(wrong[k].request, wrong[k].flags, wrong[k].size);

			reconnect();
			put(&msg, 0, 8);
			put(&msg, 0, 8);
			answer(&msg);
			expect_error(call(i), -EPROTO, answered[i].name);
		}
	}
}
END_TEST

static void answer_zero(size_t i, struct bytes *msg)
{
	/* GET_VRING_BASE wants its ring back. */
	*msg = u64_message(answered[i].request, REPLY, answered[i].request == 11 ? 3 : 0);
}

START_TEST(VU_10_closed_connection_is_an_error_at_every_point)
{
	struct bytes msg;

	for (size_t i = 0; i < COUNT(answered); i++)
		for (size_t n = 0; n < 20; n++) {
			int64_t begin = now_ms();

			reconnect();
			answer_zero(i, &msg);
			ck_assert_int_eq(write(peer, msg.b, n), (ssize_t)n);
			ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
			expect_error(call(i), -ECONNRESET, answered[i].name);
			ck_assert_int_lt(now_ms() - begin, TIMEOUT_MS + SLACK_MS);
		}
}
END_TEST

START_TEST(VU_10_peer_that_is_gone_is_an_error_and_no_signal)
{
	for (size_t i = 0; i < COUNT(answered); i++) {
		reconnect();
		close_peer();
		if (answered[i].call == call_share_memory || answered[i].call == call_share_slot)
			peer = dup(listener);
		expect_error(call(i), -ECONNRESET, answered[i].name);
		close_peer();
	}
	/* Gone with something unread: the other errno. */
	vu.protocol_features = 0;
	reconnect();
	ck_assert_int_eq(vhost_user_set_owner(&vu), 0);
	close_peer();
	expect_error(call_get_features(), -ECONNRESET, "GET_FEATURES");
}
END_TEST

static int64_t late_by_ms; /* pause of the peer before each part */
static size_t part_bytes;
static struct bytes late;

static void *answer_in_parts(void *arg)
{
	(void)arg;
	for (size_t n = 0; n < late.n; n += part_bytes) {
		size_t len = late.n - n < part_bytes ? late.n - n : part_bytes;

		usleep((useconds_t)late_by_ms * 1000);
		if (send(peer, late.b + n, len, MSG_NOSIGNAL) < 0)
			break;
	}
	return NULL;
}

static pthread_t answer_late(size_t part, int64_t ms)
{
	pthread_t thread;

	part_bytes = part;
	late_by_ms = ms;
	ck_assert_int_eq(pthread_create(&thread, NULL, answer_in_parts, NULL), 0);
	return thread;
}

START_TEST(VU_2_answers_in_parts_are_put_together)
{
	static const size_t parts[] = { 1, 3, 11, 12, 13, 19, 20 };

	for (size_t k = 0; k < COUNT(parts); k++) {
		pthread_t thread;

		late = u64_message(1, REPLY, 0x1122334455667788 + k);
		thread = answer_late(parts[k], 2);
		ck_assert_int_eq(call_get_features(), 0);
		ck_assert_uint_eq(value, 0x1122334455667788 + k);
		pthread_join(thread, NULL);
	}
}
END_TEST

START_TEST(VU_2_one_byte_a_call_and_interrupted_calls_are_fine)
{
	struct bytes msg;

	one_byte = interrupted = true;
	for (size_t i = 0; i < COUNT(answered); i++) {
		/* Those whose first answer is not the last need more of a peer. */
		if (answered[i].call == call_negotiate || answered[i].call == call_set_vring)
			continue;
		reconnect();
		answer_zero(i, &msg);
		answer(&msg);
		ck_assert_msg(call(i) == 0, "%s: %s", answered[i].name, vu.error);
	}
	vu.protocol_features = 0;
	reconnect();
	ck_assert_int_eq(vhost_user_set_features(&vu, 0x1234), 0);
	one_byte = interrupted = false;
	expect_u64_sent(2, 1, 0x1234);
	expect_nothing_sent();
}
END_TEST

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

START_TEST(VU_2_signals_do_not_end_the_wait)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 3000 }, { 0, 3000 } }, off = { 0 };
	int64_t begin;
	pthread_t thread;
	sigset_t block, before;

	sigaction(SIGALRM, &action, NULL);
	/* The thread leaves the signals to us. */
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &block, &before);
	late = u64_message(1, REPLY, 77);
	thread = answer_late(20, 40);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	ck_assert_int_eq(call_get_features(), 0);
	ck_assert_uint_eq(value, 77);
	/* And the time limit holds. */
	vu.timeout_ms = TIMEOUT_MS;
	begin = now_ms();
	expect_error(call_get_features(), -ETIMEDOUT, "GET_FEATURES");
	setitimer(ITIMER_REAL, &off, NULL);
	ck_assert_int_ge(now_ms() - begin, TIMEOUT_MS - 1);
	ck_assert_int_lt(now_ms() - begin, TIMEOUT_MS + SLACK_MS);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(VU_10_silence_ends_at_the_time_limit)
{
	for (size_t i = 0; i < COUNT(answered); i++) {
		int64_t begin;

		reconnect();
		vu.timeout_ms = TIMEOUT_MS;
		begin = now_ms();
		expect_error(call(i), -ETIMEDOUT, answered[i].name);
		ck_assert_int_ge(now_ms() - begin, TIMEOUT_MS - 1);
		ck_assert_int_lt(now_ms() - begin, TIMEOUT_MS + SLACK_MS);
	}
}
END_TEST

START_TEST(VU_10_time_limit_is_for_the_whole_answer)
{
	int64_t begin;
	pthread_t thread;

	vu.timeout_ms = TIMEOUT_MS;
	begin = now_ms();
	/* 20 bytes, one each 20 ms: each by itself in time, together not. */
	late = u64_message(1, REPLY, 77);
	thread = answer_late(1, 20);
	expect_error(call_get_features(), -ETIMEDOUT, "GET_FEATURES");
	ck_assert_int_ge(now_ms() - begin, TIMEOUT_MS - 1);
	ck_assert_int_lt(now_ms() - begin, TIMEOUT_MS + SLACK_MS / 2);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(VU_10_time_limit_is_for_sending_too)
{
	int64_t begin;
	int ret = 0;

	/* Without acknowledgements, until the socket takes no more. */
	for (int i = 0; !ret && i < 100000; i++) {
		vu.timeout_ms = TIMEOUT_MS;
		begin = now_ms();
		ret = vhost_user_set_features(&vu, 7);
	}
	expect_error(ret, -ETIMEDOUT, "SET_FEATURES");
	ck_assert_int_ge(now_ms() - begin, TIMEOUT_MS - 1);
	ck_assert_int_lt(now_ms() - begin, TIMEOUT_MS + SLACK_MS);
}
END_TEST

/* @count descriptors with the bytes from @from on. */
static void answer_with_fds(const struct bytes *msg, size_t from, unsigned int count)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * 64)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = (void *)(msg->b + from), .iov_len = msg->n - from };
	struct msghdr hdr = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = CMSG_SPACE(sizeof(int) * count) };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&hdr);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * count);
	for (unsigned int i = 0; i < count; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &listener, sizeof(int));
	if (from)
		ck_assert_int_eq(write(peer, msg->b, from), (ssize_t)from);
	ck_assert_int_eq(sendmsg(peer, &hdr, 0), (ssize_t)iov.iov_len);
}

START_TEST(VU_2_surplus_descriptors_are_closed)
{
	static const unsigned int counts[] = { 1, 2, 7, 8, 9, 20, 64 };
	static const size_t from[] = { 0, 1, 11, 12, 13, 19 };
	unsigned int fds = unit_count_fds();
	struct bytes msg;

	for (size_t i = 0; i < COUNT(answered); i++)
		for (size_t k = 0; k < COUNT(counts); k++) {
			reconnect();
			answer_zero(i, &msg);
			answer_with_fds(&msg, from[k % COUNT(from)], counts[k]);
			/* An error or not; when one, with a sentence. */
			if (call(i))
				ck_assert_str_ne(vu.error, "");
			/* What was not received yet counts for nobody. */
			vhost_user_close(&vu);
			ck_assert_uint_eq(unit_count_fds(), fds - 1);
		}
}
END_TEST

/* ---- protocol features ---- */

START_TEST(VU_3_protocol_features_are_those_offered_and_wanted)
{
	struct bytes msg = header(15, 1, 0);

	answer_u64(15, 0xf0ff);
	ck_assert_int_eq(vhost_user_negotiate_protocol(&vu, 0xff0f), 0);
	ck_assert_uint_eq(vu.protocol_features, 0xf00f);
	expect_sent(&msg, 0, 0);
	/* REPLY_ACK is among them; the message that sets it does not use it yet. */
	expect_u64_sent(16, 1, 0xf00f);
	expect_nothing_sent();
	ck_assert(vhost_user_has(&vu, VHOST_USER_PROTOCOL_F_REPLY_ACK));
	ck_assert(vhost_user_has(&vu, VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS));
	ck_assert(!vhost_user_has(&vu, VHOST_USER_PROTOCOL_F_STATUS));
	ck_assert(!vhost_user_has(&vu, VHOST_USER_PROTOCOL_F_CONFIG));
}
END_TEST

START_TEST(protocol_features_have_the_bits_of_the_protocol)
{
	ck_assert_int_eq(VHOST_USER_F_PROTOCOL_FEATURES, 30);
	ck_assert_int_eq(VHOST_USER_PROTOCOL_F_MQ, 0);
	ck_assert_int_eq(VHOST_USER_PROTOCOL_F_REPLY_ACK, 3);
	ck_assert_int_eq(VHOST_USER_PROTOCOL_F_CONFIG, 9);
	ck_assert_int_eq(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS, 15);
	ck_assert_int_eq(VHOST_USER_PROTOCOL_F_STATUS, 16);
}
END_TEST

/* ---- memory ---- */

static void put_region(struct bytes *msg)
{
	put(msg, 1ull << 32, 8);
	put(msg, 0x600000, 8);
	put(msg, 0x7f1234000000, 8);
	put(msg, 0x200000, 8);
}

static int share(int fd)
{
	struct vhost_user_region region = {
		.iova = 1ull << 32,
		.bytes = 0x600000,
		.user_addr = 0x7f1234000000,
		.mmap_offset = 0x200000,
		.fd = fd,
	};

	return vhost_user_share_memory(&vu, &region);
}

START_TEST(VU_5_memory_goes_by_table_without_slots)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);

	for (int ack = 0; ack < 2; ack++) {
		struct bytes msg = header(5, ack ? 1 | NEED_REPLY : 1, 40);

		if (ack) {
			negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
			answer_u64(5, 0);
		}
		ck_assert_int_eq(share(fd), 0);
		put(&msg, 1, 4);
		put(&msg, 0, 4);
		put_region(&msg);
		expect_sent(&msg, 1, inode(fd));
		expect_nothing_sent();
	}
	close(fd);
}
END_TEST

START_TEST(VU_5_memory_goes_to_a_slot_where_there_are_some)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);

	negotiated(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS);
	for (int ack = 0; ack < 2; ack++) {
		struct bytes msg = header(37, ack ? 1 | NEED_REPLY : 1, 40);

		if (ack) {
			negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
			answer_u64(37, 0);
		}
		ck_assert_int_eq(share(fd), 0);
		put(&msg, 0, 8);
		put_region(&msg);
		expect_sent(&msg, 1, inode(fd));
		expect_nothing_sent();
	}
	close(fd);
}
END_TEST

START_TEST(VU_5_back_end_tells_its_slots)
{
	struct bytes msg = header(36, 1, 0);

	answer_u64(36, 509);
	ck_assert_int_eq(vhost_user_get_max_mem_slots(&vu, &value), 0);
	ck_assert_uint_eq(value, 509);
	expect_sent(&msg, 0, 0);
	expect_nothing_sent();
}
END_TEST

START_TEST(VU_5_refused_memory_names_the_message)
{
	negotiated(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	answer_u64(5, 12);
	expect_error(share(peer), -EPROTO, "SET_MEM_TABLE");
	reconnect();
	negotiated(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS);
	answer_u64(37, 12);
	expect_error(share(peer), -EPROTO, "ADD_MEM_REG");
}
END_TEST

/* ---- configuration space ---- */

static unsigned char space[VHOST_USER_CONFIG_BYTES_MAX + 64];

/* Answers with a payload of @payload bytes that says @offset and @size; asks for @bytes. */
static int get_config(uint32_t bytes, uint32_t payload, uint32_t offset, uint32_t size,
		      uint32_t *got)
{
	struct bytes msg = header(24, REPLY, payload), asked = header(24, 1, 12 + bytes);
	unsigned int i;
	int ret;

	reconnect();
	put(&msg, offset, 4);
	put(&msg, size, 4);
	put(&msg, 0, 4);
	for (i = 0; msg.n < 24 + 300; i++)
		msg.b[msg.n++] = (unsigned char)(i + 1);
	msg.n = payload < 300 ? 12 + payload : 200;
	answer(&msg);
	memset(space, 0xee, sizeof(space));
	*got = 12345;
	ret = vhost_user_get_config(&vu, space, bytes, got);

	put(&asked, 0, 4);
	put(&asked, bytes, 4);
	put(&asked, 0, 4);
	memset(asked.b + asked.n, 0, bytes);
	asked.n += bytes;
	expect_sent(&asked, 0, 0);
	/* Nothing behind what was asked for. */
	for (i = bytes; i < sizeof(space); i++)
		ck_assert_uint_eq(space[i], 0xee);
	return ret;
}

static void expect_config(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		ck_assert_uint_eq(space[i], i + 1);
	for (uint32_t i = n; i < sizeof(space); i++)
		ck_assert_uint_eq(space[i], 0xee);
}

START_TEST(VU_9_config_of_the_size_asked_for)
{
	static const uint32_t sizes[] = { 8, 24, 36, 60, 96, 255 };
	uint32_t got;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		ck_assert_int_eq(get_config(sizes[i], 12 + sizes[i], 0, sizes[i], &got), 0);
		ck_assert_uint_eq(got, sizes[i]);
		expect_config(sizes[i]);
	}
}
END_TEST

START_TEST(VU_9_shorter_config_is_told)
{
	uint32_t got;

	ck_assert_int_eq(get_config(60, 12 + 36, 0, 36, &got), 0);
	ck_assert_uint_eq(got, 36);
	expect_config(36);
	/* A payload as long as asked for, of which less counts. */
	ck_assert_int_eq(get_config(60, 12 + 60, 0, 36, &got), 0);
	ck_assert_uint_eq(got, 36);
	expect_config(36);
	ck_assert_int_eq(get_config(60, 12 + 1, 0, 1, &got), 0);
	ck_assert_uint_eq(got, 1);
}
END_TEST

START_TEST(VU_9_empty_config_is_not_an_error)
{
	uint32_t got;

	ck_assert_int_eq(get_config(60, 0, 0, 0, &got), 0);
	ck_assert_uint_eq(got, 0);
	expect_config(0);
	ck_assert_int_eq(get_config(60, 12, 0, 0, &got), 0);
	ck_assert_uint_eq(got, 0);
	ck_assert_int_eq(get_config(60, 12 + 60, 0, 0, &got), 0);
	ck_assert_uint_eq(got, 0);
}
END_TEST

START_TEST(VU_9_config_that_contradicts_the_question_is_an_error)
{
	uint32_t got;

	/* Of another offset; more than asked for; more than there is. */
	expect_error(get_config(60, 12 + 60, 4, 60, &got), -EPROTO, "GET_CONFIG");
	expect_error(get_config(60, 12 + 64, 0, 64, &got), -EPROTO, "GET_CONFIG");
	expect_error(get_config(60, 12 + 60, 0, 61, &got), -EPROTO, "GET_CONFIG");
	expect_error(get_config(60, 12 + 36, 0, 60, &got), -EPROTO, "GET_CONFIG");
	expect_error(get_config(60, 12 + 60, 0, ~0u, &got), -EPROTO, "GET_CONFIG");
	expect_error(get_config(60, 4096, 0, 60, &got), -EPROTO, "GET_CONFIG");
	expect_error(get_config(60, ~0u, 0, 60, &got), -EPROTO, "GET_CONFIG");
	expect_error(get_config(60, ~0u - 11, 0, 60, &got), -EPROTO, "GET_CONFIG");
}
END_TEST

START_TEST(VU_9_config_is_checked_like_any_answer)
{
	struct bytes msg = header(24, 1, 28);

	put(&msg, 0, 8);
	put(&msg, 0, 8);
	put(&msg, 0, 8);
	put(&msg, 0, 4);
	answer(&msg);
	expect_error(config_16(), -EPROTO, "GET_CONFIG");
	for (size_t n = 0; n < msg.n; n++) {
		reconnect();
		msg.b[4] = REPLY;
		ck_assert_int_eq(write(peer, msg.b, n), (ssize_t)n);
		ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
		expect_error(config_16(), -ECONNRESET, "GET_CONFIG");
	}
	reconnect();
	expect_error(config_16(), -ETIMEDOUT, "GET_CONFIG");
}
END_TEST

/* ---- reaching the back-end ---- */

/* No descriptor stays behind a connection that failed. */
static void expect_no_connection(const char *name, int error, const char *part)
{
	unsigned int fds = unit_count_fds();
	struct vhost_user other;
	int64_t begin = now_ms();
	int ret = vhost_user_connect(&other, name, TIMEOUT_MS);

	ck_assert_msg(ret == error, "%d: '%s'", ret, other.error);
	ck_assert_msg(strstr(other.error, part) != NULL, "'%s'", other.error);
	ck_assert_int_eq(other.fd, -1);
	ck_assert_uint_eq(unit_count_fds(), fds);
	ck_assert_int_lt(now_ms() - begin, TIMEOUT_MS + SLACK_MS);
	vhost_user_close(&other);
}

START_TEST(connect_leaves_an_empty_connection)
{
	ck_assert_uint_eq(vu.protocol_features, 0);
	ck_assert_uint_eq(vu.timeout_ms, PATIENCE_MS);
	ck_assert_int_eq(fcntl(vu.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	expect_nothing_sent();
}
END_TEST

START_TEST(close_can_be_repeated)
{
	unsigned int fds = unit_count_fds();

	vhost_user_close(&vu);
	ck_assert_int_eq(vu.fd, -1);
	ck_assert_uint_eq(unit_count_fds(), fds - 1);
	vhost_user_close(&vu);
	ck_assert_uint_eq(unit_count_fds(), fds - 1);
}
END_TEST

START_TEST(path_may_have_107_bytes_and_no_more)
{
	char name[120];
	int fd;

	memset(name, 'x', sizeof(name));
	memcpy(name, path, strlen(path));
	name[107] = 0;
	fd = listen_at(name);
	vhost_user_close(&vu);
	ck_assert_msg(!vhost_user_connect(&vu, name, TIMEOUT_MS), "%s", vu.error);
	close(fd);
	name[107] = 'x';
	name[108] = 0;
	expect_no_connection(name, -ENAMETOOLONG, "107 bytes");
	name[108] = 'x';
	name[119] = 0;
	expect_no_connection(name, -ENAMETOOLONG, "107 bytes");
}
END_TEST

START_TEST(VU_10_nobody_to_connect_to)
{
	char name[100];
	int fd;

	snprintf(name, sizeof(name), "%s/none", dir);
	expect_no_connection(name, -ENOENT, "cannot connect");
	/* A socket that was left behind, and a file. */
	close(listen_at(name));
	expect_no_connection(name, -ECONNREFUSED, "nobody listens");
	snprintf(name, sizeof(name), "%s/file", dir);
	fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	expect_no_connection(name, -ECONNREFUSED, "nobody listens");
	close(fd);
}
END_TEST

START_TEST(VU_10_back_end_that_accepts_nobody_is_given_up)
{
	struct vhost_user waiting[8];
	int ret = 0;
	size_t n = 0, i;

	/* Until the backlog of listen() is full. */
	while (!ret && n < COUNT(waiting))
		ret = vhost_user_connect(&waiting[n++], path, TIMEOUT_MS);
	ck_assert_int_eq(ret, -ETIMEDOUT);
	expect_no_connection(path, -ETIMEDOUT, "nobody accepted");
	for (i = 0; i < n; i++)
		vhost_user_close(&waiting[i]);
}
END_TEST

static TCase *tcase(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("vhost-user");
	TCase *tc = tcase(suite, "messages");

	tcase_add_test(tc, VU_1_messages_without_payload);
	tcase_add_test(tc, VU_1_messages_with_a_number);
	tcase_add_test(tc, VU_1_ring_states);
	tcase_add_test(tc, VU_1_stopping_another_ring_is_an_error);
	tcase_add_test(tc, VU_1_VU_12_ring_is_described_and_its_kick_comes_last);
	tcase_add_test(tc, VU_1_ring_number_stays_within_its_eight_bits);
	tcase_add_test(tc, VU_1_answers_of_the_wrong_kind_are_errors);
	tcase_add_test(tc, VU_3_protocol_features_are_those_offered_and_wanted);
	tcase_add_test(tc, protocol_features_have_the_bits_of_the_protocol);
	tcase_add_test(tc, VU_4_first_refusal_ends_the_description_of_a_ring);
	tcase_add_test(tc, VU_4_acknowledgement_only_when_negotiated);
	tcase_add_test(tc, VU_4_non_zero_acknowledgement_names_the_message);
	tcase_add_test(tc, VU_4_questions_ask_for_no_acknowledgement_of_their_own);

	tc = tcase(suite, "transport");
	tcase_add_test(tc, VU_2_answers_in_parts_are_put_together);
	tcase_add_test(tc, VU_2_one_byte_a_call_and_interrupted_calls_are_fine);
	tcase_add_test(tc, VU_2_signals_do_not_end_the_wait);
	tcase_add_test(tc, VU_2_surplus_descriptors_are_closed);
	tcase_add_test(tc, VU_10_closed_connection_is_an_error_at_every_point);
	tcase_add_test(tc, VU_10_peer_that_is_gone_is_an_error_and_no_signal);
	tcase_add_test(tc, VU_10_silence_ends_at_the_time_limit);
	tcase_add_test(tc, VU_10_time_limit_is_for_the_whole_answer);
	tcase_add_test(tc, VU_10_time_limit_is_for_sending_too);

	tc = tcase(suite, "memory");
	tcase_add_test(tc, VU_5_memory_goes_by_table_without_slots);
	tcase_add_test(tc, VU_5_memory_goes_to_a_slot_where_there_are_some);
	tcase_add_test(tc, VU_5_back_end_tells_its_slots);
	tcase_add_test(tc, VU_5_refused_memory_names_the_message);

	tc = tcase(suite, "config");
	tcase_add_test(tc, VU_9_config_of_the_size_asked_for);
	tcase_add_test(tc, VU_9_shorter_config_is_told);
	tcase_add_test(tc, VU_9_empty_config_is_not_an_error);
	tcase_add_test(tc, VU_9_config_that_contradicts_the_question_is_an_error);
	tcase_add_test(tc, VU_9_config_is_checked_like_any_answer);

	tc = tcase(suite, "connection");
	tcase_add_test(tc, connect_leaves_an_empty_connection);
	tcase_add_test(tc, close_can_be_repeated);
	tcase_add_test(tc, path_may_have_107_bytes_and_no_more);
	tcase_add_test(tc, VU_10_nobody_to_connect_to);
	tcase_add_test(tc, VU_10_back_end_that_accepts_nobody_is_given_up);
	return unit_main(suite);
}
