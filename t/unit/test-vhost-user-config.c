// SPDX-License-Identifier: GPL-2.0-only
/* The configuration space over vhost-user: GET_CONFIG, and which replies are accepted. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "t/unit/vhost-user-peer.h"

static int config_16(void)
{
	unsigned char space[16];
	uint32_t got;

	return vhost_user_get_config(&vu, space, sizeof(space), &got);
}

static unsigned char space[VHOST_USER_CONFIG_BYTES_MAX + 64];

/*
 * Request @bytes; reply with a payload of @payload bytes that has @offset and @size in its header.
 */
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
	/* The driver writes nothing after the requested bytes. */
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
	/* A payload of the requested length, of which only @size bytes are valid. */
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

	/* A wrong offset; more than requested; more than the payload holds. */
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

int main(void)
{
	Suite *suite = suite_create("vhost-user-config");
	TCase *tc = unit_tcase(suite, "config", setup, teardown);

	tcase_add_test(tc, VU_9_config_of_the_size_asked_for);
	tcase_add_test(tc, VU_9_shorter_config_is_told);
	tcase_add_test(tc, VU_9_empty_config_is_not_an_error);
	tcase_add_test(tc, VU_9_config_that_contradicts_the_question_is_an_error);
	tcase_add_test(tc, VU_9_config_is_checked_like_any_answer);
	return unit_main(suite);
}
