// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening, starting and stopping a device: the order of the messages, and cleanup after every
 * failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "t/unit/blk-dev-peer.h"
#include "vhost/blk/blk_start.h"

START_TEST(INIT_1_steps_come_in_order)
{
	peer.features |= BIT(12);
	must_open();
	must_start(2);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	ck_assert_str_eq(
		transcript("SET_STATUS GET_STATUS SET_FEATURES ADD_MEM_REG SET_VRING_NUM"),
		"SET_STATUS=0 SET_STATUS=1 SET_STATUS=3 SET_FEATURES SET_STATUS=b GET_STATUS ADD_MEM_REG SET_VRING_NUM=0 SET_VRING_NUM=1 SET_STATUS=f SET_STATUS=0");
	ck_assert_uint_eq(peer.log[0].request, VHOST_USER_GET_FEATURES);
	ck_assert_str_eq(
		transcript(
			"GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_QUEUE_NUM GET_CONFIG ADD_MEM_REG"),
		"GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_CONFIG GET_QUEUE_NUM ADD_MEM_REG");
	ck_assert_ptr_nonnull(find(VHOST_USER_SET_OWNER));
}
END_TEST

START_TEST(INIT_1_no_status_where_the_protocol_has_none)
{
	peer.protocol &= ~(uint64_t)STATUS;
	must_open();
	must_start(1);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	ck_assert_str_eq(transcript("SET_STATUS GET_STATUS"), "");
}
END_TEST

START_TEST(INIT_3_features_that_are_not_ok_end_it)
{
	peer.refuses_features = true;
	must_fail(-ENOTSUP, "FEATURES_OK");
	ck_assert(peer.status & 0x80);
	ck_assert_ptr_null(find(VHOST_USER_ADD_MEM_REG));
}
END_TEST

/*
 * A back-end that refuses a message that describes a ring may do so because of the ring's size: the
 * driver returns -E2BIG.
 */
static int at_message(const char *name, int error)
{
	return !strncmp(name, "SET_VRING_", 10) && strncmp(name, "SET_VRING_ENABLE", 16) ? -E2BIG
											 : error;
}

START_TEST(INIT_3_steps_that_fail_leave_FAILED)
{
	static const struct {
		uint32_t request;
		const char *name;
	} steps[] = { { 3, "SET_OWNER" },	 { 39, "SET_STATUS" },	   { 2, "SET_FEATURES" },
		      { 37, "ADD_MEM_REG" },	 { 8, "SET_VRING_NUM" },   { 9, "SET_VRING_ADDR" },
		      { 10, "SET_VRING_BASE" },	 { 13, "SET_VRING_CALL" }, { 12, "SET_VRING_KICK" },
		      { 18, "SET_VRING_ENABLE" } };

	for (size_t i = 0; i < COUNT(steps); i++) {
		int ret;

		peer.refuses = steps[i].request;
		ret = try_open();
		if (!ret)
			ret = blk_dev_start(&dev, &arena, queue, 2);
		ck_assert_int_eq(ret, at_message(steps[i].name, -EPROTO));
		ck_assert_msg(strstr(dev.error.text, steps[i].name) != NULL, "'%s'",
			      dev.error.text);
		ck_assert_ptr_null(dev.transport.ops);
		join();
		/* FAILED is the last message, sent right after the refused one. */
		ck_assert_uint_eq(peer.log[peer.n - 1].request, VHOST_USER_SET_STATUS);
		ck_assert(peer.log[peer.n - 1].payload[0] & 0x80);
		ck_assert_uint_eq(peer.log[peer.n - 2].request, steps[i].request);
		ck_assert(!was_kicked());
	}
}
END_TEST

/* VIRTIO 1.3, 2.1.1: the driver does not clear a status bit, other than by a reset. */
START_TEST(INIT_3_FAILED_is_added_to_the_bits_that_are_set)
{
	peer.refuses = VHOST_USER_ADD_MEM_REG;
	must_open();
	ck_assert_int_eq(blk_dev_start(&dev, &arena, queue, 1), -EPROTO);
	join();
	ck_assert_uint_eq(peer.status, 0x8b);
}
END_TEST

START_TEST(VU_10_connection_that_closes_at_any_message_is_an_error)
{
	static const char closed[] = "closed the connection during ";
	unsigned int messages;
	const char *at;

	peer.features |= BIT(9) | BIT(11) | BIT(12);
	must_open();
	must_start(2);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	messages = peer.n;
	ck_assert_uint_gt(messages, 25);
	for (peer.hang_up = 1; peer.hang_up < messages; peer.hang_up++) {
		int ret = try_open();

		if (!ret)
			ret = blk_dev_start(&dev, &arena, queue, 2);
		if (!ret)
			ret = blk_dev_stop(&dev);
		at = strstr(dev.error.text, closed);
		ck_assert_msg(at != NULL, "'%s'", dev.error.text);
		ck_assert_msg(ret == at_message(at + strlen(closed), -ECONNRESET),
			      "message %u: %d, '%s'", peer.hang_up, ret, dev.error.text);
		ck_assert_ptr_null(dev.transport.ops);
	}
}
END_TEST

START_TEST(VU_10_silence_is_an_error_within_the_time_limit)
{
	static const uint32_t silent[] = { 1, 15, 3, 24, 39, 40 };

	for (size_t i = 0; i < COUNT(silent); i++) {
		struct timespec begin, end;
		int64_t ms;

		peer.ignores = silent[i];
		be_device();
		clock_gettime(CLOCK_MONOTONIC, &begin);
		ck_assert_int_eq(blk_dev_open(&dev, path, TIMEOUT_MS, &dev_options), -ETIMEDOUT);
		clock_gettime(CLOCK_MONOTONIC, &end);
		ms = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
		/*
		 * One timeout for the reply, one for setting FAILED, and some time for a busy
		 * machine.
		 */
		ck_assert_msg(ms < 2 * TIMEOUT_MS + 300, "message %u: %d ms", silent[i], (int)ms);
	}
}
END_TEST

/* ---- start and stop ---- */

START_TEST(start_shares_the_arena_and_describes_the_queues)
{
	const struct record *m;
	unsigned int seen = 0;

	must_open();
	must_start(3);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	m = find(VHOST_USER_ADD_MEM_REG);
	ck_assert_uint_eq(get64(m->payload + 8), ARENA_IOVA);
	ck_assert_uint_eq(get64(m->payload + 16), arena.bytes);
	ck_assert_uint_eq(get64(m->payload + 24), (uintptr_t)arena.base);
	ck_assert_uint_eq(get64(m->payload + 32), 0);
	ck_assert_uint_eq(m->fds, 1);
	for (unsigned int i = 0; i < peer.n; i++) {
		m = &peer.log[i];
		if (m->request == VHOST_USER_SET_VRING_ADDR) {
			uint32_t index = get32(m->payload);

			ck_assert_uint_eq(index, seen++);
			ck_assert_uint_eq(get64(m->payload + 8), (uintptr_t)queue[index].addr.desc);
			ck_assert_uint_eq(get64(m->payload + 16),
					  (uintptr_t)queue[index].addr.device);
			ck_assert_uint_eq(get64(m->payload + 24),
					  (uintptr_t)queue[index].addr.driver);
		}
		if (m->request == VHOST_USER_SET_VRING_NUM)
			ck_assert_uint_eq(get32(m->payload + 4), 256);
		/* VU-12: a split ring starts at 0. */
		if (m->request == VHOST_USER_SET_VRING_BASE)
			ck_assert_uint_eq(get32(m->payload + 4), 0);
		ck_assert_uint_eq(m->fds, m->request == VHOST_USER_SET_VRING_KICK ||
						  m->request == VHOST_USER_SET_VRING_CALL ||
						  m->request == VHOST_USER_ADD_MEM_REG);
	}
	ck_assert_uint_eq(seen, 3);
}
END_TEST

START_TEST(VU_8_every_ring_is_stopped_before_the_end)
{
	must_open();
	must_start(4);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	ck_assert_ptr_null(dev.transport.ops);
	join();
	ck_assert_str_eq(
		transcript("GET_VRING_BASE ADD_MEM_REG"),
		"ADD_MEM_REG GET_VRING_BASE=0 GET_VRING_BASE=1 GET_VRING_BASE=2 GET_VRING_BASE=3");
	/* The reset comes after the last GET_VRING_BASE. */
	ck_assert_uint_eq(peer.log[peer.n - 1].request, VHOST_USER_SET_STATUS);
	ck_assert_uint_eq(peer.log[peer.n - 1].payload[0], 0);
	ck_assert_uint_eq(peer.log[peer.n - 2].request, VHOST_USER_GET_VRING_BASE);
}
END_TEST

START_TEST(VU_8_single_ring_is_disabled_and_not_stopped)
{
	const struct record *m;

	must_open();
	must_start(2);
	ck_assert_int_eq(blk_dev_disable_queue(&dev, 1), 0);
	transport_close(&dev.transport);
	join();
	ck_assert_ptr_null(find(VHOST_USER_GET_VRING_BASE));
	m = &peer.log[peer.n - 1];
	ck_assert_uint_eq(m->request, VHOST_USER_SET_VRING_ENABLE);
	ck_assert_uint_eq(get32(m->payload), 1);
	ck_assert_uint_eq(get32(m->payload + 4), 0);
}
END_TEST

START_TEST(VU_8_stop_without_start_stops_no_ring)
{
	must_open();
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	ck_assert_ptr_null(find(VHOST_USER_GET_VRING_BASE));
}
END_TEST

START_TEST(VU_13_each_ring_is_kicked_once_after_driver_ok)
{
	must_open();
	ck_assert(!was_kicked());
	must_start(3);
	/* INIT-2: no queue is kicked before DRIVER_OK. */
	ck_assert(!peer.kicked_early);
	for (unsigned int i = 0; i < COUNT(queue); i++) {
		uint64_t count = 0;
		ssize_t n = read(queue[i].kick_fd, &count, sizeof(count));

		ck_assert_int_eq(n, i < 3 ? 8 : -1);
		ck_assert_uint_eq(count, i < 3);
	}
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
}
END_TEST

START_TEST(start_that_cannot_kick_leaves_no_connection)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), kick = queue[1].kick_fd;

	must_open();
	queue[1].kick_fd = fd;
	ck_assert_int_lt(blk_dev_start(&dev, &arena, queue, 2), 0);
	ck_assert_str_ne(dev.error.text, "");
	queue[1].kick_fd = kick;
	close(fd);
	ck_assert_ptr_null(dev.transport.ops);
}
END_TEST

START_TEST(start_that_takes_too_long_speaks_of_huge_pages)
{
	peer.ignores = VHOST_USER_ADD_MEM_REG;
	must_open();
	ck_assert_int_eq(blk_dev_start(&dev, &arena, queue, 1), -ETIMEDOUT);
	ck_assert_msg(strstr(dev.error.text, "ADD_MEM_REG") &&
			      strstr(dev.error.text, "vblk_hugepages=2M"),
		      "'%s'", dev.error.text);
	ck_assert_ptr_null(dev.transport.ops);
}
END_TEST

START_TEST(start_without_acknowledgements_waits_for_the_back_end)
{
	peer.protocol &= ~(uint64_t)REPLY_ACK;
	must_open();
	must_start(1);
	transport_close(&dev.transport);
	join();
	/* A message with a reply, sent last, proves that all messages before it were processed. */
	ck_assert_msg(strstr(transcript(NULL), "SET_VRING_ENABLE=0 GET_") != NULL, "%s",
		      transcript(NULL));
}
END_TEST

START_TEST(paths_that_are_no_socket_are_told)
{
	char name[120];
	FILE *f;

	dev_options.transport = TRANSPORT_VHOST_USER;
	snprintf(name, sizeof(name), "%s/none", dir);
	ck_assert_int_eq(blk_dev_open(&dev, name, TIMEOUT_MS, &dev_options), -ENOENT);
	ck_assert_msg(strstr(dev.error.text, "vhost-user socket") != NULL, "'%s'", dev.error.text);
	f = fopen(name, "w");
	fclose(f);
	ck_assert_int_eq(blk_dev_open(&dev, name, TIMEOUT_MS, &dev_options), -ENODEV);
	ck_assert_str_eq(dev.error.text, "is a regular file, not a vhost-user socket");
	ck_assert_int_eq(blk_dev_open(&dev, dir, TIMEOUT_MS, &dev_options), -ENODEV);
	ck_assert_str_eq(dev.error.text, "is a directory, not a vhost-user socket");
	ck_assert_int_eq(blk_dev_open(&dev, "/dev/null", TIMEOUT_MS, &dev_options), -ENODEV);
	ck_assert_str_eq(dev.error.text, "is a character device, not a vhost-user socket");
	be_device();
	join();
	close(listener);
	listener = -1;
	ck_assert_int_eq(blk_dev_open(&dev, path, TIMEOUT_MS, &dev_options), -ECONNREFUSED);
	ck_assert_ptr_null(dev.transport.ops);
}
END_TEST

START_TEST(close_can_be_repeated)
{
	must_open();
	blk_dev_close(&dev);
	ck_assert_ptr_null(dev.transport.ops);
	blk_dev_close(&dev);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk-dev");
	TCase *tc = unit_tcase(suite, "order", setup, teardown);

	tcase_add_test(tc, INIT_1_steps_come_in_order);
	tcase_add_test(tc, INIT_1_no_status_where_the_protocol_has_none);
	tcase_add_test(tc, INIT_3_features_that_are_not_ok_end_it);
	tcase_add_test(tc, INIT_3_steps_that_fail_leave_FAILED);
	tcase_add_test(tc, INIT_3_FAILED_is_added_to_the_bits_that_are_set);
	tcase_add_test(tc, VU_10_connection_that_closes_at_any_message_is_an_error);
	tcase_add_test(tc, VU_10_silence_is_an_error_within_the_time_limit);

	tc = unit_tcase(suite, "start and stop", setup, teardown);
	tcase_add_test(tc, start_shares_the_arena_and_describes_the_queues);
	tcase_add_test(tc, VU_8_every_ring_is_stopped_before_the_end);
	tcase_add_test(tc, VU_8_single_ring_is_disabled_and_not_stopped);
	tcase_add_test(tc, VU_8_stop_without_start_stops_no_ring);
	tcase_add_test(tc, VU_13_each_ring_is_kicked_once_after_driver_ok);
	tcase_add_test(tc, start_that_cannot_kick_leaves_no_connection);
	tcase_add_test(tc, start_that_takes_too_long_speaks_of_huge_pages);
	tcase_add_test(tc, start_without_acknowledgements_waits_for_the_back_end);
	tcase_add_test(tc, paths_that_are_no_socket_are_told);
	tcase_add_test(tc, close_can_be_repeated);
	return unit_main(suite);
}
