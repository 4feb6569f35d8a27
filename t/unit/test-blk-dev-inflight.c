// SPDX-License-Identifier: GPL-2.0-only
/* VU-11: the inflight region, in which a back-end records its requests. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "t/unit/blk-dev-peer.h"
#include "vhost/blk/blk_start.h"
#include "vhost/transport/vhost-user/transport.h"

static void start(void)
{
	int ret = blk_dev_start(&dev, &arena, queue, 4);

	ck_assert_msg(ret == 0, "%d: '%s'", ret, dev.error.text);
}

static unsigned int position(uint32_t request)
{
	unsigned int i;

	for (i = 0; i < peer.n && peer.log[i].request != request; i++)
		;
	return i;
}

static unsigned int times(uint32_t request)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < peer.n; i++)
		n += peer.log[i].request == request;
	return n;
}

START_TEST(VU_11_region_is_not_asked_for_unless_it_is_wished_for)
{
	peer.protocol |= INFLIGHT;
	must_open();
	ck_assert(!vhost_user_has(vhost_user_of(&dev.transport),
				  VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD));
	start();
	blk_dev_stop(&dev);
	join();
	ck_assert_uint_eq(times(VHOST_USER_GET_INFLIGHT_FD), 0);
	ck_assert_uint_eq(times(VHOST_USER_SET_INFLIGHT_FD), 0);
}
END_TEST

START_TEST(VU_11_wish_that_the_back_end_cannot_fulfil_is_an_error)
{
	dev_options.inflight = true;
	must_fail(-ENOTSUP, "VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD");
}
END_TEST

START_TEST(VU_11_region_is_made_once_and_handed_over_on_every_connection)
{
	struct stat first, now;
	const struct vhost_user_inflight *noted = &vhost_user_state(&dev.transport)->inflight;
	struct vhost_user_inflight region;
	struct transport before;

	peer.protocol |= INFLIGHT;
	dev_options.inflight = true;
	queue[2].size = 512;
	must_open();
	start();
	region = *noted;
	ck_assert_int_ge(region.fd, 0);
	ck_assert(fcntl(region.fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_uint_eq(region.bytes, 4096);
	ck_assert_uint_eq(region.offset, 0);
	ck_assert_int_eq(fstat(region.fd, &first), 0);
	blk_dev_stop(&dev);
	before = dev.transport;
	join();
	ck_assert_uint_eq(times(VHOST_USER_GET_INFLIGHT_FD), 1);
	ck_assert_uint_eq(times(VHOST_USER_SET_INFLIGHT_FD), 1);
	/* Four queues of the largest ring size; the structure has padding at its end. */
	ck_assert_uint_eq(peer.log[position(VHOST_USER_GET_INFLIGHT_FD)].bytes, 24);
	ck_assert_uint_eq(get32(peer.log[position(VHOST_USER_GET_INFLIGHT_FD)].payload + 16),
			  4 | 512 << 16);
	ck_assert_uint_gt(position(VHOST_USER_GET_INFLIGHT_FD), position(VHOST_USER_SET_FEATURES));
	ck_assert_uint_gt(position(VHOST_USER_SET_INFLIGHT_FD),
			  position(VHOST_USER_GET_INFLIGHT_FD));
	ck_assert_uint_lt(position(VHOST_USER_SET_INFLIGHT_FD),
			  position(VHOST_USER_SET_VRING_KICK));
	ck_assert_uint_eq(peer.log[position(VHOST_USER_SET_INFLIGHT_FD)].fds, 1);

	/* The next connection: the same region is handed over and no new one is requested. */
	must_open();
	ck_assert_int_eq(noted->fd, -1);
	transport_inherit(&dev.transport, &before);
	start();
	ck_assert_int_eq(fstat(noted->fd, &now), 0);
	ck_assert_uint_eq(now.st_ino, first.st_ino);
	blk_dev_stop(&dev);
	join();
	ck_assert_uint_eq(times(VHOST_USER_GET_INFLIGHT_FD), 0);
	ck_assert_uint_eq(times(VHOST_USER_SET_INFLIGHT_FD), 1);
	ck_assert_uint_eq(get64(peer.log[position(VHOST_USER_SET_INFLIGHT_FD)].payload), 4096);
	ck_assert_uint_lt(position(VHOST_USER_SET_INFLIGHT_FD),
			  position(VHOST_USER_SET_VRING_KICK));
	blk_dev_forget_inflight(&dev);
	ck_assert_int_eq(fcntl(region.fd, F_GETFD), -1);
}
END_TEST

START_TEST(VU_2_region_comes_with_one_descriptor)
{
	static const unsigned int counts[] = { 0, 2, 5 };
	unsigned int before = 0;

	peer.protocol |= INFLIGHT;
	dev_options.inflight = true;
	for (size_t i = 0; i < COUNT(counts); i++) {
		peer.inflight_fds = (int)counts[i] - 1;
		must_open();
		ck_assert_int_eq(blk_dev_start(&dev, &arena, queue, 4), -EPROTO);
		ck_assert_msg(strstr(dev.error.text, "GET_INFLIGHT_FD"), "'%s'", dev.error.text);
		ck_assert_int_eq(vhost_user_state(&dev.transport)->inflight.fd, -1);
		join();
		/* The first round leaves the listener open, so compare only later rounds. */
		ck_assert(!i || unit_count_fds() == before);
		before = unit_count_fds();
	}
}
END_TEST

START_TEST(VU_4_region_that_is_refused_is_an_error)
{
	peer.protocol |= INFLIGHT;
	dev_options.inflight = true;
	peer.refuses = VHOST_USER_SET_INFLIGHT_FD;
	must_open();
	ck_assert_int_eq(blk_dev_start(&dev, &arena, queue, 4), -EPROTO);
	ck_assert_msg(strstr(dev.error.text, "rejected SET_INFLIGHT_FD: "), "'%s'", dev.error.text);
	blk_dev_forget_inflight(&dev);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk-dev-inflight");
	TCase *tc = unit_tcase(suite, "inflight", setup, teardown);

	tcase_add_test(tc, VU_11_region_is_not_asked_for_unless_it_is_wished_for);
	tcase_add_test(tc, VU_11_wish_that_the_back_end_cannot_fulfil_is_an_error);
	tcase_add_test(tc, VU_11_region_is_made_once_and_handed_over_on_every_connection);
	tcase_add_test(tc, VU_2_region_comes_with_one_descriptor);
	tcase_add_test(tc, VU_4_region_that_is_refused_is_an_error);
	return unit_main(suite);
}
