// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost-user messages, byte by byte: which messages are sent, in which order and with which
 * contents, and which replies are accepted.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t/unit/vhost-user-peer.h"

static const struct vhost_user_vring_addr areas = {
	.desc = (void *)0x7f0000001000,
	.driver = (void *)0x7f0000002000,
	.device = (void *)0x7f0000003000,
};

START_TEST(VU_1_messages_without_payload)
{
	struct bytes msg;

	answer_u64(1, 0x1234567890abcdef);
	ck_assert_int_eq(vhost_user_get_features(&vu, &reply_value), 0);
	ck_assert_uint_eq(reply_value, 0x1234567890abcdef);
	msg = header(1, 1, 0);
	expect_sent(&msg, 0, 0);

	answer_u64(17, 5);
	ck_assert_int_eq(vhost_user_get_queue_num(&vu, &reply_value), 0);
	ck_assert_uint_eq(reply_value, 5);
	msg = header(17, 1, 0);
	expect_sent(&msg, 0, 0);

	answer_u64(40, 0x4f);
	ck_assert_int_eq(call_get_status(), 0);
	ck_assert_uint_eq(reply_value, 0x4f);
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
	ck_assert_uint_eq(reply_value >> 32, 0xabcd);
	msg = header(11, 1, 8);
	put(&msg, 3, 4);
	put(&msg, 0, 4);
	expect_sent(&msg, 0, 0);
}
END_TEST

START_TEST(VU_1_answer_that_names_another_ring_is_an_error_if_strict)
{
	struct bytes msg = header(11, REPLY, 8);

	put(&msg, 4, 4);
	put(&msg, 0xabcd, 4);
	answer(&msg);
	ck_assert_int_eq(call_get_vring_base(), 0);
	ck_assert_uint_eq(reply_value >> 32, 0xabcd);
	vu.strict = true;
	answer(&msg);
	ck_assert_int_eq(call_get_vring_base(), -EPROTO);
}
END_TEST

/*
 * Expect the messages that describe ring @index; @flags are their header flags, @kick and @call_ino
 * the inodes of the two descriptors.
 */
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
	put(&msg, 0x7f0000003000, 8); /* the used ring's address precedes the available ring's */
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
	/* One byte per call: the descriptor must be sent only once. */
	stutter = true;
	ck_assert_int_eq(vhost_user_set_vring(&vu, 2, 256, 0, &areas, kick, ring), 0);
	stutter = false;
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
	/* Bit 8 of SET_VRING_KICK means that no descriptor is sent, so ring 256 has no number. */
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
	/* The peer does not reply: without REPLY_ACK the driver must not wait. */
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

START_TEST(VU_3_protocol_features_are_those_offered_and_wanted)
{
	struct bytes msg = header(15, 1, 0);

	answer_u64(15, 0xf0ff);
	ck_assert_int_eq(vhost_user_negotiate_protocol(&vu, 0xff0f), 0);
	ck_assert_uint_eq(vu.protocol_features, 0xf00f);
	expect_sent(&msg, 0, 0);
	/* REPLY_ACK is among the features, but the message that sets them does not use it yet. */
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
	ck_assert_int_eq(vhost_user_get_max_mem_slots(&vu, &reply_value), 0);
	ck_assert_uint_eq(reply_value, 509);
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

int main(void)
{
	Suite *suite = suite_create("vhost-user");
	TCase *tc = unit_tcase(suite, "messages", setup, teardown);

	tcase_add_test(tc, VU_1_messages_without_payload);
	tcase_add_test(tc, VU_1_messages_with_a_number);
	tcase_add_test(tc, VU_1_ring_states);
	tcase_add_test(tc, VU_1_answer_that_names_another_ring_is_an_error_if_strict);
	tcase_add_test(tc, VU_1_VU_12_ring_is_described_and_its_kick_comes_last);
	tcase_add_test(tc, VU_1_ring_number_stays_within_its_eight_bits);
	tcase_add_test(tc, VU_1_answers_of_the_wrong_kind_are_errors);
	tcase_add_test(tc, VU_3_protocol_features_are_those_offered_and_wanted);
	tcase_add_test(tc, protocol_features_have_the_bits_of_the_protocol);
	tcase_add_test(tc, VU_4_first_refusal_ends_the_description_of_a_ring);
	tcase_add_test(tc, VU_4_acknowledgement_only_when_negotiated);
	tcase_add_test(tc, VU_4_non_zero_acknowledgement_names_the_message);
	tcase_add_test(tc, VU_4_questions_ask_for_no_acknowledgement_of_their_own);

	tc = unit_tcase(suite, "memory", setup, teardown);
	tcase_add_test(tc, VU_5_memory_goes_by_table_without_slots);
	tcase_add_test(tc, VU_5_memory_goes_to_a_slot_where_there_are_some);
	tcase_add_test(tc, VU_5_back_end_tells_its_slots);
	tcase_add_test(tc, VU_5_refused_memory_names_the_message);
	return unit_main(suite);
}
