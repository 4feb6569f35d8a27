// SPDX-License-Identifier: GPL-2.0-only
/* Negotiation with a device: features, protocol features and the number of queues. */
#include <errno.h>
#include <string.h>

#include "t/unit/blk-dev-peer.h"
#include "vhost/blk/blk_start.h"
#include "vhost/transport/vhost-user/transport.h"

START_TEST(FEAT_1_only_offered_features_are_accepted)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		peer.features = VERSION_1 | PROTOCOL | BIT(bit);
		must_open();
		blk_dev_stop(&dev);
		join();
		ck_assert_uint_eq(features_set() & ~peer.features, 0);
	}
}
END_TEST

START_TEST(FEAT_1_config_wce_needs_flush)
{
	peer.features |= BIT(11);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL);
	blk_dev_stop(&dev);

	peer.features |= BIT(9);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL | BIT(9) | BIT(11));
	blk_dev_stop(&dev);

	/* A feature that the user forbids is not accepted. */
	dev_options.forbid = BIT(9);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL);
}
END_TEST

START_TEST(FEAT_2_unknown_bits_are_ignored)
{
	peer.features = ~0ull;
	must_open();
	/* IN_ORDER is accepted only if the user requires it. */
	ck_assert_uint_eq(features_set(),
			  (BLK_DEV_FEATURES & ~FEATURE(VIRTIO_F_IN_ORDER)) | PROTOCOL);
	ck_assert_uint_eq(dev.offered, ~0ull);
	/* Legacy bits, reserved bits, and bits of other device types are not accepted. */
	ck_assert_uint_eq(
		features_set() & (BIT(0) | BIT(7) | BIT(24) | BIT(26) | BIT(27) | BIT(63)), 0);
}
END_TEST

START_TEST(FEAT_3_version_1_is_accepted)
{
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL);
	ck_assert(blk_dev_has(&dev, 32));
}
END_TEST

START_TEST(FEAT_3_device_without_version_1_is_refused)
{
	peer.features = ~VERSION_1;
	must_fail(-ENOTSUP, "VIRTIO_F_VERSION_1");
	ck_assert_ptr_null(find(VHOST_USER_SET_FEATURES));
}
END_TEST

START_TEST(FEAT_4_access_platform_is_not_accepted)
{
	peer.features |= BIT(33) | BIT(36);
	must_open();
	ck_assert_uint_eq(features_set() & BIT(33), 0);
}
END_TEST

START_TEST(FEAT_read_only_is_accepted)
{
	peer.features |= BIT(5);
	must_open();
	ck_assert(features_set() & BIT(5));
	ck_assert(blk_dev_has(&dev, 5));
}
END_TEST

START_TEST(wishes_are_kept_or_refused)
{
	peer.features |= BIT(12) | BIT(29) | BIT(11) | BIT(9);
	dev_options.require = BIT(12);
	dev_options.forbid = BIT(29);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL | BIT(12) | BIT(11) | BIT(9));
	blk_dev_stop(&dev);

	dev_options.require = BIT(12) | BIT(28) | BIT(13);
	must_fail(-ENOTSUP, "requires discard,indirect_desc, which the device does not offer");
	ck_assert_ptr_null(find(VHOST_USER_SET_FEATURES));

	dev_options.require = BIT(11);
	dev_options.forbid = BIT(9);
	must_fail(-ENOTSUP, "requires config_wce, which needs flush, but the job forbids flush");
}
END_TEST

START_TEST(VU_3_protocol_features_only_where_they_are_offered)
{
	peer.features = VERSION_1;
	must_fail(-ENOTSUP, "VHOST_USER_PROTOCOL_F_CONFIG");
	ck_assert_ptr_null(find(VHOST_USER_GET_PROTOCOL_FEATURES));
	ck_assert_ptr_null(find(VHOST_USER_SET_PROTOCOL_FEATURES));
	peer.features = VERSION_1 | PROTOCOL;
	peer.protocol = ~0ull & ~(uint64_t)CONFIG;
	must_fail(-ENOTSUP, "VHOST_USER_PROTOCOL_F_CONFIG");
}
END_TEST

START_TEST(VU_3_only_known_protocol_features_are_set)
{
	const struct record *m;

	peer.protocol = ~0ull;
	must_open();
	m = find(VHOST_USER_SET_PROTOCOL_FEATURES);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(get64(m->payload), MQ | REPLY_ACK | CONFIG | MEM_SLOTS | STATUS);
	ck_assert(features_set() & PROTOCOL);
	blk_dev_stop(&dev);
	peer.protocol = CONFIG | BIT(1) | BIT(40);
	must_open();
	m = find(VHOST_USER_SET_PROTOCOL_FEATURES);
	ck_assert_uint_eq(get64(m->payload), CONFIG);
}
END_TEST

START_TEST(VU_5_back_end_needs_a_slot_where_it_has_slots)
{
	int ret;

	peer.slots = 0;
	ret = try_open();
	if (!ret)
		ret = blk_dev_start(&dev, &arena, queue, 1);
	ck_assert_int_eq(ret, -ENOSPC);
	ck_assert_msg(strstr(dev.error.text, "GET_MAX_MEM_SLOTS") != NULL, "'%s'", dev.error.text);
	join();
	ck_assert_ptr_null(find(VHOST_USER_ADD_MEM_REG));
	/* Without CONFIGURE_MEM_SLOTS the driver does not ask for the number of slots. */
	peer.protocol &= ~(uint64_t)MEM_SLOTS;
	must_open();
	must_start(1);
	blk_dev_stop(&dev);
	join();
	ck_assert_ptr_null(find(VHOST_USER_GET_MAX_MEM_SLOTS));
	ck_assert_ptr_null(find(VHOST_USER_ADD_MEM_REG));
	ck_assert_ptr_nonnull(find(VHOST_USER_SET_MEM_TABLE));
}
END_TEST

START_TEST(VU_6_rings_are_enabled_with_protocol_features)
{
	must_open();
	must_start(2);
	blk_dev_stop(&dev);
	join();
	ck_assert_str_eq(transcript("SET_VRING_KICK SET_VRING_ENABLE"),
			 "SET_VRING_KICK=0 SET_VRING_KICK=1 SET_VRING_ENABLE=0 SET_VRING_ENABLE=1");
	ck_assert_uint_eq(get32(find(VHOST_USER_SET_VRING_ENABLE)->payload + 4), 1);
}
END_TEST

START_TEST(VU_6_rings_start_enabled_without_protocol_features)
{
	must_open();
	/*
	 * Set the state directly: blk_dev_open() refuses such a device, because its capacity cannot
	 * be read.
	 */
	vhost_user_state(&dev.transport)->enable = false;
	must_start(2);
	ck_assert_int_eq(blk_dev_disable_queue(&dev, 0), -ENOTSUP);
	blk_dev_stop(&dev);
	join();
	ck_assert_ptr_null(find(VHOST_USER_SET_VRING_ENABLE));
}
END_TEST

START_TEST(VU_7_queue_count_is_the_smaller_of_both)
{
	static const struct {
		bool protocol, feature;
		uint64_t back_end;
		uint16_t device;
		uint32_t queues;
	} cases[] = {
		{ true, true, 4, 4, 4 },	  { true, true, 2, 8, 2 },
		{ true, true, 8, 2, 2 },	  { true, true, 1, 1, 1 },
		{ true, true, 1ull << 32, 3, 3 }, { true, true, ~0ull, 5, 5 },
		{ true, false, 8, 8, 1 },	  { false, true, 8, 8, 1 },
		{ false, false, 8, 8, 1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		peer.protocol = CONFIG | REPLY_ACK | (cases[i].protocol ? MQ : 0);
		peer.features = VERSION_1 | PROTOCOL | (cases[i].feature ? BIT(12) : 0);
		peer.queue_num = cases[i].back_end;
		set_num_queues(cases[i].device);
		must_open();
		ck_assert_uint_eq(dev.queues_max, cases[i].queues);
		blk_dev_stop(&dev);
		join();
		if (!cases[i].protocol)
			ck_assert_ptr_null(find(VHOST_USER_GET_QUEUE_NUM));
	}
	peer.protocol |= MQ;
	peer.features |= BIT(12);
	peer.queue_num = 0;
	must_fail(-EPROTO, "no queue");
	peer.queue_num = 4;
	set_num_queues(0);
	must_fail(-EPROTO, "no queue");
}
END_TEST

START_TEST(VU_7_queues_are_no_more_than_the_protocol_can_name)
{
	peer.features |= BIT(12);
	peer.queue_num = 1000;
	set_num_queues(1000);
	must_open();
	/* SET_VRING_KICK has eight bits for the ring index. */
	ck_assert_uint_le(dev.queues_max, 256);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk-dev-negotiation");
	TCase *tc = unit_tcase(suite, "features", setup, teardown);

	tcase_add_test(tc, FEAT_1_only_offered_features_are_accepted);
	tcase_add_test(tc, FEAT_1_config_wce_needs_flush);
	tcase_add_test(tc, FEAT_2_unknown_bits_are_ignored);
	tcase_add_test(tc, FEAT_3_version_1_is_accepted);
	tcase_add_test(tc, FEAT_3_device_without_version_1_is_refused);
	tcase_add_test(tc, FEAT_4_access_platform_is_not_accepted);
	tcase_add_test(tc, FEAT_read_only_is_accepted);
	tcase_add_test(tc, wishes_are_kept_or_refused);

	tc = unit_tcase(suite, "protocol", setup, teardown);
	tcase_add_test(tc, VU_3_protocol_features_only_where_they_are_offered);
	tcase_add_test(tc, VU_3_only_known_protocol_features_are_set);
	tcase_add_test(tc, VU_5_back_end_needs_a_slot_where_it_has_slots);
	tcase_add_test(tc, VU_6_rings_are_enabled_with_protocol_features);
	tcase_add_test(tc, VU_6_rings_start_enabled_without_protocol_features);
	tcase_add_test(tc, VU_7_queue_count_is_the_smaller_of_both);
	tcase_add_test(tc, VU_7_queues_are_no_more_than_the_protocol_can_name);
	return unit_main(suite);
}
