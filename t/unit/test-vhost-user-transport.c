// SPDX-License-Identifier: GPL-2.0-only
/*
 * How vhost-user messages are transferred: in parts, late, with unexpected descriptors, or never;
 * and connecting to a back-end. Where time matters, a thread writes the replies.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "t/unit/vhost-user-peer.h"

START_TEST(VU_10_closed_connection_is_an_error_at_every_point)
{
	struct bytes msg;

	for (size_t i = 0; i < COUNT(answered); i++)
		for (size_t n = 0; n < 20; n++) {
			int64_t begin = now_ms();

			reconnect();
			msg = answer_of(i);
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
	/*
	 * If the peer closes with unread data, the socket can report ECONNRESET instead of EPIPE or
	 * end of file. The result must be the same.
	 */
	vu.protocol_features = 0;
	reconnect();
	ck_assert_int_eq(vhost_user_set_owner(&vu), 0);
	close_peer();
	expect_error(call_get_features(), -ECONNRESET, "GET_FEATURES");
}
END_TEST

static int64_t late_by_ms; /* time that the peer waits before it sends each part */
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
		ck_assert_uint_eq(reply_value, 0x1122334455667788 + k);
		pthread_join(thread, NULL);
	}
}
END_TEST

START_TEST(VU_2_one_byte_a_call_and_interrupted_calls_are_fine)
{
	struct bytes msg;

	stutter = true;
	for (size_t i = 0; i < COUNT(answered); i++) {
		/* The peer sends one reply, so calls that need more than one are left out. */
		if (answered[i].call == call_negotiate || answered[i].call == call_set_vring)
			continue;
		reconnect();
		msg = answer_of(i);
		answer(&msg);
		ck_assert_msg(call(i) == 0, "%s: %s", answered[i].name, vu.error->text);
	}
	vu.protocol_features = 0;
	reconnect();
	ck_assert_int_eq(vhost_user_set_features(&vu, 0x1234), 0);
	stutter = false;
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
	/* Block the signal in the thread, so that the main thread receives it. */
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &block, &before);
	late = u64_message(1, REPLY, 77);
	thread = answer_late(20, 40);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	ck_assert_int_eq(call_get_features(), 0);
	ck_assert_uint_eq(reply_value, 77);
	/* The signals do not extend the time limit. */
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
	/* 20 bytes, one each 20 ms: each byte arrives in time, the whole reply does not. */
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

	/* Send without acknowledgements until the socket buffer is full. */
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

/* Send the bytes of @msg from @from on, with @count descriptors. */
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
			msg = answer_of(i);
			answer_with_fds(&msg, from[k % COUNT(from)], counts[k]);
			/* The call may succeed or fail; if it fails, it sets an error message. */
			if (call(i))
				ck_assert_str_ne(vu.error->text, "");
			/* Descriptors not yet received are closed with the connection. */
			vhost_user_close(&vu);
			ck_assert_uint_eq(unit_count_fds(), fds - 1);
		}
}
END_TEST

/* ---- connecting to the back-end ---- */

/* Expect connecting to fail and to leave no descriptor open. */
static void expect_no_connection(const char *name, int err, const char *part)
{
	unsigned int fds = unit_count_fds();
	struct vhost_user other;
	struct error why;
	int64_t begin = now_ms();
	int ret = vhost_user_connect(&other, name, TIMEOUT_MS, &why);

	ck_assert_msg(ret == err, "%d: '%s'", ret, why.text);
	ck_assert_msg(strstr(why.text, part) != NULL, "'%s'", why.text);
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
	ck_assert_msg(!vhost_user_connect(&vu, name, TIMEOUT_MS, &error), "%s", vu.error->text);
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
	/* A socket without a listener, and a regular file. */
	close(listen_at(name));
	expect_no_connection(name, -ECONNREFUSED, "no process listens");
	snprintf(name, sizeof(name), "%s/file", dir);
	fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	expect_no_connection(name, -ECONNREFUSED, "no process listens");
	close(fd);
}
END_TEST

START_TEST(VU_10_back_end_that_accepts_nobody_is_given_up)
{
	struct vhost_user waiting[8];
	int ret = 0;
	size_t n = 0, i;

	/* Connect until the backlog of listen() is full. */
	while (!ret && n < COUNT(waiting))
		ret = vhost_user_connect(&waiting[n++], path, TIMEOUT_MS, &error);
	ck_assert_int_eq(ret, -ETIMEDOUT);
	expect_no_connection(path, -ETIMEDOUT, "no process accepted");
	for (i = 0; i < n; i++)
		vhost_user_close(&waiting[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vhost-user-transport");
	TCase *tc = unit_tcase(suite, "transport", setup, teardown);

	tcase_add_test(tc, VU_2_answers_in_parts_are_put_together);
	tcase_add_test(tc, VU_2_one_byte_a_call_and_interrupted_calls_are_fine);
	tcase_add_test(tc, VU_2_signals_do_not_end_the_wait);
	tcase_add_test(tc, VU_2_surplus_descriptors_are_closed);
	tcase_add_test(tc, VU_10_closed_connection_is_an_error_at_every_point);
	tcase_add_test(tc, VU_10_peer_that_is_gone_is_an_error_and_no_signal);
	tcase_add_test(tc, VU_10_silence_ends_at_the_time_limit);
	tcase_add_test(tc, VU_10_time_limit_is_for_the_whole_answer);
	tcase_add_test(tc, VU_10_time_limit_is_for_sending_too);

	tc = unit_tcase(suite, "connection", setup, teardown);
	tcase_add_test(tc, connect_leaves_an_empty_connection);
	tcase_add_test(tc, close_can_be_repeated);
	tcase_add_test(tc, path_may_have_107_bytes_and_no_more);
	tcase_add_test(tc, VU_10_nobody_to_connect_to);
	tcase_add_test(tc, VU_10_back_end_that_accepts_nobody_is_given_up);
	return unit_main(suite);
}
