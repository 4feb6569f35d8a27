// SPDX-License-Identifier: GPL-2.0-only
/* Virtqueues of both layouts with devices that break the specification. */
#include "t/unit/virtq-rig.h"

static char fault_text[200];

static const char *describe(void)
{
	int len = virtq_fault_describe(&r.vq, fault_text, sizeof(fault_text));

	CHECK(len > 0);
	CHECK_EQ((size_t)len, strlen(fault_text));
	return fault_text;
}

/* Start a queue with @n requests published and popped by the device. */
static void start_with(struct virtq_config c, unsigned int index, unsigned int n)
{
	start_at(c, index);
	add_many(n);
	virtq_publish(&r.vq);
	CHECK_EQ(pop_all(), n);
}

/* Expect virtq_take() to stop at a fault after @good requests. */
static void expect_fault(unsigned int good, enum virtq_fault fault)
{
	uint16_t outstanding = virtq_outstanding(&r.vq);
	void **end = virtq_take(&r.vq, r.taken_ctx, r.taken_ctx + MOST, on_error, &r);

	CHECK_EQ(end - r.taken_ctx, good);
	CHECK_EQ(r.vq.fault, fault);
	CHECK_EQ(virtq_outstanding(&r.vq), outstanding - good);
}

static void expect_fault_value(enum virtq_fault fault, uint32_t value)
{
	expect_fault(0, fault);
	CHECK_EQ(r.vq.fault_value, value);
}

static struct virtq_config strict(struct virtq_config c)
{
	c.strict = true;
	return c;
}

/* Expect virtq_take() to stop at a fault that virtq_accept_length() does not accept. */
static void expect_strict_fault(enum virtq_fault fault, uint32_t value)
{
	expect_fault_value(VIRTQ_FAULT_USED_LENGTH, value);
	CHECK(!virtq_accept_length(&r.vq));
	CHECK_EQ(r.vq.fault, fault);
	CHECK_EQ(r.vq.fault_value, value);
	CHECK_EQ(virtq_outstanding(&r.vq), 1);
}

/* The device writes a used element with @id and @len. */
static void use_one(uint32_t id, uint32_t len)
{
	devfault_write_used(&r.ring, r.ring.used_next, id, len);
	devfault_jump_used(&r.ring, 1);
}

/* ---- how many requests are used ---- */

START_TEST(SPLIT_7_used_index_past_what_is_outstanding_is_a_fault)
{
	for (unsigned int n = 0; n <= 8; n++)
		for (int index = -9; index <= 1; index++)
			for (unsigned int jump = n + 1; jump <= 20; jump++) {
				start_with(config(_i & ~PACKED, 32, 1), (uint16_t)index, n);
				devfault_jump_used(&r.ring, jump);
				expect_fault_value(VIRTQ_FAULT_USED_INDEX, jump);
			}
	ck_assert_str_eq(
		describe(),
		"used index reports 20 more used requests, but only 8 requests are outstanding");
}
END_TEST

START_TEST(SPLIT_7_used_index_may_not_go_back)
{
	for (unsigned int back = 1; back <= 40; back++) {
		start_with(config(_i & ~PACKED, 32, 1), 3, 8);
		push(0);
		flush();
		CHECK_EQ(take_all(), 1);
		devfault_go_back(&r.ring, back);
		expect_fault_value(VIRTQ_FAULT_USED_INDEX, 65536 - back);
	}
}
END_TEST

START_TEST(SPLIT_7_used_index_of_a_full_ring_of_the_largest_size)
{
	start_with(config(_i << 3 | INDIRECT, 32768, 1), 65000, 32768);
	push_all_and_flush();
	devfault_jump_used(&r.ring, 1);
	expect_fault_value(VIRTQ_FAULT_USED_INDEX, 32769);
	devfault_go_back(&r.ring, 1);
	r.vq.fault = VIRTQ_FAULT_NONE;
	CHECK_EQ(take_all(), 32768);
	check_all_is_well();
}
END_TEST

/* On a packed ring a device cannot skip descriptors, but it can mark any of them as used. */
START_TEST(PACK_6_descriptors_used_past_what_is_outstanding_are_a_fault)
{
	unsigned int per = _i & INDIRECT ? 1 : 3;

	for (unsigned int n = 0; n <= 8; n++)
		for (unsigned int steps = 1; steps <= 32; steps++) {
			unsigned int good = (steps + per - 1) / per;

			start_with(config(_i | PACKED, 32, 1), 0, n);
			devfault_jump_used(&r.ring, steps);
			if (steps <= n * per) {
				expect_fault(good, VIRTQ_FAULT_NONE);
				continue;
			}
			expect_fault(n, VIRTQ_FAULT_NOT_OUTSTANDING);
			CHECK_EQ(r.vq.fault_value, 0);
		}
}
END_TEST

START_TEST(PACK_6_going_back_takes_nothing_and_does_no_harm)
{
	for (unsigned int back = 1; back < 32; back++) {
		start_with(config(_i | PACKED, 32, 1), 40, 8);
		push_all_and_flush();
		CHECK_EQ(take_all(), 8);
		devfault_go_back(&r.ring, back);
		CHECK_EQ(take_all(), 0);
		CHECK_EQ(r.vq.fault, VIRTQ_FAULT_NONE);
	}
}
END_TEST

START_TEST(PACK_6_used_with_the_wrong_wrap_counter_is_not_used)
{
	for (unsigned int pos = 0; pos < 64; pos++) {
		start_with(config(_i | PACKED, 32, 1), pos, 3);
		devfault_flip_wrap(&r.ring, false, true);
		push(0);
		devring_flush(&r.ring);
		CHECK_EQ(take_all(), 0);
		CHECK(!virtq_arm(&r.vq, 1));
		CHECK_EQ(r.vq.fault, VIRTQ_FAULT_NONE);
		CHECK_EQ(virtq_outstanding(&r.vq), 3);
		/*
		 * Neither combination means used: one is available, the other has the opposite wrap
		 * counter.
		 */
		for (unsigned int flags = 0x80; flags <= 0x8000; flags <<= 8) {
			devfault_write_flags(&r.ring, pos, (uint16_t)flags);
			CHECK_EQ(take_all(), 0);
		}
	}
}
END_TEST

START_TEST(SPLIT_7_PACK_6_more_used_than_published_is_a_fault)
{
	/* Two requests are published and one more is only added: the device may use two. */
	for (unsigned int index = 0; index < 64; index += 3) {
		struct rig_request *hidden;

		start_with(config(_i, 32, 1), _i & PACKED ? index : 65534, 2);
		hidden = add(PIECE, true);
		push_all_and_flush();
		devring_push(&r.ring, hidden->slot->id, 1, 1);
		devring_flush(&r.ring);
		virtq_take(&r.vq, r.taken_ctx, r.taken_ctx + MOST, on_error, &r);
		CHECK(r.vq.fault != VIRTQ_FAULT_NONE);
		CHECK(r.vq.published - r.vq.taken <= 2);
	}
}
END_TEST

/* ---- which requests are used ---- */

START_TEST(SPLIT_7_PACK_6_used_id_out_of_range_is_a_fault)
{
	/* Slots 0 and 1 are outstanding; some of these ids have 0 or 1 in their low bits. */
	static const uint32_t ids[] = { 32,	    0x7f,	0x100,	    0x8000,
					0xffff,	    0x10000,	0x10001,    0x80000000,
					0x80000001, 0xffff0000, 0xffff0001, UINT32_MAX };

	for (size_t i = 0; i < COUNT(ids); i++) {
		start_with(config(_i, 32, 1), 31, 2);
		if (_i & PACKED && ids[i] > 0xffff)
			break;
		use_one(ids[i], 1);
		expect_fault(0, VIRTQ_FAULT_USED_ID);
	}
	/* Ids of descriptors in the ring that are not ids of slots. */
	for (uint32_t id = 4; id < 32; id++) {
		struct virtq_config c = config(_i & ~IN_ORDER, 32, 1);

		c.slots = 4;
		start_with(c, 31, 2);
		use_one(id, 1);
		expect_fault_value(VIRTQ_FAULT_USED_ID, id);
	}
	ck_assert_str_eq(describe(),
			 "used element has invalid id 31; the queue has at most 4 requests");
}
END_TEST

START_TEST(SPLIT_7_PACK_6_used_id_that_is_not_outstanding_is_a_fault)
{
	unsigned int per = descriptors_move(_i) ? 3 : 1;

	for (unsigned int id = 2; id < 6; id++) {
		start_with(config(_i, 32, 1), 31, 6);
		push_all_and_flush();
		CHECK_EQ(take_all(), 6);
		add_many(2);
		virtq_publish(&r.vq);
		CHECK_EQ(pop_all(), 2);
		/*
		 * Free slots are reused in LIFO order, so slots 5 and 4 are outstanding. With
		 * IN_ORDER, slots 6 and 7 are outstanding.
		 */
		if (!(_i & IN_ORDER) && id > 3)
			continue;
		use_one(id * per, 1);
		expect_fault(0, VIRTQ_FAULT_NOT_OUTSTANDING);
	}
}
END_TEST

/* The fault has the value that the device wrote, before any conversion by the driver. */
START_TEST(SPLIT_7_fault_says_what_the_device_wrote)
{
	static const uint32_t ids[] = { 32, 0xffff, 0x10000, 0x80000000 };

	for (size_t i = 0; i < COUNT(ids); i++) {
		start_with(config(_i & ~PACKED, 32, 1), 31, 2);
		use_one(ids[i], 1);
		expect_fault_value(VIRTQ_FAULT_USED_ID, ids[i]);
	}
	start_with(config(_i & ~PACKED, 32, 1), 31, 2);
	push_all_and_flush();
	CHECK_EQ(take_all(), 2);
	add_many(1);
	virtq_publish(&r.vq);
	/* The id of the second request, which is complete already. */
	use_one(descriptors_move(_i & ~PACKED) ? 3 : _i & IN_ORDER ? 1 : 0, 1);
	expect_fault_value(VIRTQ_FAULT_NOT_OUTSTANDING, descriptors_move(_i & ~PACKED) ? 3
							: _i & IN_ORDER		       ? 1
										       : 0);
}
END_TEST

/*
 * The id of a direct chain is the index of its first descriptor; no other descriptor names a
 * request.
 */
START_TEST(SPLIT_7_used_id_of_a_descriptor_within_a_chain_is_a_fault)
{
	for (int again = 0; again < 2; again++)
		for (uint32_t id = 1; id < 30; id++) {
			if (_i & IN_ORDER ? id % 3 == 0 : id < 10)
				continue;
			start(config(_i & ~PACKED & ~INDIRECT, 32, 1));
			/*
			 * Earlier chains of other lengths used the same descriptors: ten chains of
			 * two descriptors, then four chains of three.
			 */
			for (int n = 0; again && n < 14; n++)
				round_trip(n < 10 ? 0 : PIECE, true);
			add_many(10);
			virtq_publish(&r.vq);
			CHECK_EQ(pop_all(), 10);
			use_one(id, 1);
			virtq_take(&r.vq, r.taken_ctx, r.taken_ctx + MOST, on_error, &r);
			CHECK(r.vq.fault != VIRTQ_FAULT_NONE);
			CHECK_EQ(virtq_outstanding(&r.vq), 10);
		}
}
END_TEST

START_TEST(SPLIT_7_PACK_6_used_twice_is_a_fault)
{
	for (unsigned int index = 0; index < 64; index++) {
		struct rig_request *q;

		/* A request is used twice in one batch, then (on a new queue) in two batches. */
		start_with(config(_i, 32, 1), _i & PACKED ? index : 65535 - index % 3, 3);
		q = *line_at(&r.held, _i & IN_ORDER ? 0 : 1);
		devring_push(&r.ring, q->id, 1, q->ndesc);
		devring_push(&r.ring, q->id, 1, q->ndesc);
		devring_flush(&r.ring);
		expect_fault(1, VIRTQ_FAULT_NOT_OUTSTANDING);
		CHECK_EQ(r.vq.fault_value, q->slot->id);

		start_with(config(_i, 32, 1), _i & PACKED ? index : 65535 - index % 3, 3);
		q = *line_at(&r.held, _i & IN_ORDER ? 0 : 1);
		push(1);
		flush();
		CHECK_EQ(take_all(), 1);
		use_one(q->id, 1);
		expect_fault(0, VIRTQ_FAULT_NOT_OUTSTANDING);
		CHECK_EQ(r.vq.fault_value, q->slot->id);
	}
}
END_TEST

START_TEST(RING_8_batch_of_more_than_was_used_or_published_is_a_fault)
{
	struct rig_request *q;

	/*
	 * One used element stands for three requests, which is allowed on a packed ring. On a split
	 * ring it is a fault, because the used index advances only by one.
	 */
	start_with(config(_i | IN_ORDER, 32, 1), 65534, 4);
	q = *line_at(&r.held, 2);
	use_one(q->id, 1);
	if (!(_i & PACKED)) {
		expect_fault_value(VIRTQ_FAULT_NOT_OUTSTANDING, q->id);
	} else {
		expect_fault(3, VIRTQ_FAULT_NONE);
	}
	/* A batch that ends with a request that is not yet published. */
	start_with(config(_i | IN_ORDER, 32, 1), 65534, 2);
	q = add(PIECE, true);
	use_one(descriptors_move(_i | IN_ORDER) ? 6 : q->slot->id, 1);
	expect_fault(0, VIRTQ_FAULT_NOT_OUTSTANDING);
}
END_TEST

START_TEST(SPLIT_7_PACK_6_first_fault_is_found_after_format)
{
	/* No request was ever added. */
	for (uint32_t id = 0; id < 8; id++) {
		start(config(_i, 32, 1));
		use_one(id, 0);
		virtq_take(&r.vq, r.taken_ctx, r.taken_ctx + MOST, on_error, &r);
		CHECK_EQ(r.vq.fault,
			 _i & PACKED ? VIRTQ_FAULT_NOT_OUTSTANDING : VIRTQ_FAULT_USED_INDEX);
		CHECK_EQ(virtq_outstanding(&r.vq), 0);
	}
}
END_TEST

/* ---- used lengths ---- */

START_TEST(SPLIT_7_PACK_6_used_length_past_what_is_writable_is_counted_and_a_fault_if_strict)
{
	/*
	 * Data bytes, direction of the data, and number of device-writable bytes including the
	 * footer.
	 */
	static const struct {
		uint32_t bytes;
		bool writes;
		uint32_t writable;
	} shapes[] = { { PIECE, true, PIECE + 1 },
		       { PIECE, false, 1 },
		       { 0, true, 1 },
		       { 0, false, 1 },
		       { 3 * PIECE, true, 3 * PIECE + 1 } };

	for (size_t i = 0; i < COUNT(shapes); i++) {
		uint32_t writable = shapes[i].writable;
		uint32_t bad[] = { writable + 1, writable + 512, 0x10000 + writable, 0x80000000,
				   UINT32_MAX };

		for (size_t k = 0; k < COUNT(bad); k++) {
			struct rig_request *q;

			start(config(_i, 16, 3));
			q = add(shapes[i].bytes, shapes[i].writes);
			virtq_publish(&r.vq);
			use_one(0, bad[k]);
			expect_fault(1, VIRTQ_FAULT_NONE);
			CHECK(r.taken_ctx[0] == q);
			CHECK_EQ(r.vq.long_lengths, 1);
			CHECK_EQ(r.vq.short_lengths, 0);
			start(strict(config(_i, 16, 3)));
			add(shapes[i].bytes, shapes[i].writes);
			virtq_publish(&r.vq);
			use_one(0, bad[k]);
			expect_strict_fault(VIRTQ_FAULT_USED_LENGTH, bad[k]);
			CHECK_EQ(r.vq.long_lengths, 1);
		}
		start(strict(config(_i, 16, 3)));
		round_trip(shapes[i].bytes, shapes[i].writes);
		CHECK_EQ(requests[last_serial & 0xffff].writable, writable);
		CHECK_EQ(r.vq.short_lengths, 0);
		CHECK_EQ(r.vq.long_lengths, 0);
	}
}
END_TEST

START_TEST(SPLIT_7_PACK_6_used_length_of_a_request_with_nothing_writable_is_counted_or_a_fault)
{
	start(config_that_fits(_i, 1, 0));
	add(0, false);
	virtq_publish(&r.vq);
	use_one(0, 1);
	expect_fault(1, VIRTQ_FAULT_NONE);
	CHECK_EQ(r.vq.long_lengths, 1);
	start(strict(config_that_fits(_i, 1, 0)));
	add(0, false);
	virtq_publish(&r.vq);
	use_one(0, 1);
	expect_strict_fault(VIRTQ_FAULT_USED_LENGTH, 1);
}
END_TEST

/*
 * Used lengths as the sample device of libvhost-user reports them: the length of data and status,
 * also for requests whose data is device-readable.
 */
START_TEST(SPLIT_7_long_lengths_of_many_requests_take_nothing_from_the_order)
{
	start_at(config(_i, 16, 2), 65000);
	for (uint64_t n = 1; n <= 200; n++) {
		struct rig_request *q = add(2 * PIECE, false);

		virtq_publish(&r.vq);
		CHECK_EQ(pop_all(), 1);
		line_get(&r.held, 0);
		*q->slot->footer = 0;
		devring_push(&r.ring, q->id, 2 * PIECE + 1, q->ndesc);
		devring_flush(&r.ring);
		expect_fault(1, VIRTQ_FAULT_NONE);
		CHECK(r.taken_ctx[0] == q);
		CHECK_EQ(q->errors_reported, 0);
		CHECK_EQ(r.vq.long_lengths, n);
	}
	check_all_is_well();
}
END_TEST

/* A successful request has all its device-writable bytes written, and its length must say so. */
START_TEST(RING_6_short_length_is_a_fault_if_strict_and_the_request_succeeded)
{
	static const uint32_t lengths[] = { 0, 1, PIECE - 1, PIECE };
	static const unsigned char footers[] = { 0, 1, 0xff };

	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t k = 0; k < COUNT(footers); k++)
			for (int open_ended = 0; open_ended < 2; open_ended++) {
				struct rig_request *q;

				start(strict(config(_i, 16, 1)));
				q = add(PIECE, true);
				virtq_publish(&r.vq);
				*q->slot->footer = footers[k];
				r.vq.open_ended = open_ended ? q->slot : NULL;
				use_one(0, lengths[i]);
				if (!footers[k] && !open_ended) {
					expect_strict_fault(VIRTQ_FAULT_SHORT_LENGTH, lengths[i]);
					CHECK_EQ(r.vq.short_lengths, 1);
					continue;
				}
				expect_fault_value(VIRTQ_FAULT_USED_LENGTH, lengths[i]);
				CHECK(virtq_accept_length(&r.vq));
				expect_fault(1, VIRTQ_FAULT_NONE);
				CHECK(r.taken_ctx[0] == q);
				CHECK_EQ(q->footer, footers[k]);
				CHECK_EQ(r.vq.short_lengths, 1);
				CHECK_EQ(r.vq.long_lengths, 0);
			}
}
END_TEST

/*
 * A device that changes the length while the driver checks it cannot make the driver check forever.
 */
START_TEST(RING_6_length_that_changes_after_it_was_accepted_is_a_fault)
{
	struct rig_request *q;

	start(strict(config(_i, 16, 1)));
	q = add(PIECE, true);
	virtq_publish(&r.vq);
	*q->slot->footer = 1;
	use_one(0, 100);
	expect_fault_value(VIRTQ_FAULT_USED_LENGTH, 100);
	CHECK(virtq_accept_length(&r.vq));
	/*
	 * The length changes again, after the driver accepted another length of the same element.
	 */
	devfault_write_used(&r.ring, r.ring.used_next, 0, 101);
	expect_fault_value(VIRTQ_FAULT_USED_LENGTH, 101);
	CHECK(!virtq_accept_length(&r.vq));
	/* virtq_accept_length() accepts no other kind of fault. */
	r.vq.fault = VIRTQ_FAULT_USED_ID;
	CHECK(!virtq_accept_length(&r.vq));
	CHECK_EQ(r.vq.fault, VIRTQ_FAULT_USED_ID);
}
END_TEST

/* ---- other faults ---- */

START_TEST(SPLIT_4_PACK_4_garbage_wishes_do_no_harm)
{
	start_at(config(_i, 16, 2), 65000);
	rng_state = 11;
	for (int i = 0; i < 5000; i++) {
		devfault_garbage_event(&r.ring, (uint16_t)rng(65536), (uint16_t)rng(65536));
		add(rng(3) * PIECE, rng(2));
		virtq_publish(&r.vq);
		if (virtq_slot_free(&r.vq) && rng(3))
			continue;
		pop_all();
		push_all_and_flush();
		take_all();
	}
	pop_all();
	push_all_and_flush();
	take_all();
	check_all_is_well();
}
END_TEST

START_TEST(faults_have_sentences)
{
	start(config(0, 16, 1));
	ck_assert_str_eq(describe(), "no fault");
	r.vq.fault = VIRTQ_FAULT_NOT_OUTSTANDING;
	r.vq.fault_value = 3;
	ck_assert_str_eq(describe(), "used element names request 3, which is not outstanding");
	r.vq.fault = VIRTQ_FAULT_USED_LENGTH;
	r.vq.fault_value = 8193;
	ck_assert_str_eq(describe(),
			 "used length 8193 is more than the request's device-writable bytes");
	r.vq.fault = VIRTQ_FAULT_SHORT_LENGTH;
	r.vq.fault_value = 0;
	ck_assert_str_eq(
		describe(),
		"used length 0 of a successful request is less than its device-writable bytes");
	r.vq.fault = VIRTQ_FAULT_USED_LENGTH;
	/* The text is truncated, and nothing is written past the end of the buffer. */
	memset(fault_text, GUARD, sizeof(fault_text));
	CHECK(virtq_fault_describe(&r.vq, fault_text, 10) > 9);
	ck_assert_str_eq(fault_text, "used leng");
	CHECK_EQ((unsigned char)fault_text[10], GUARD);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("virtq faults");
	TCase *tc = rig_tcase(suite, "how many are used");

	tcase_add_loop_test(tc, SPLIT_7_used_index_past_what_is_outstanding_is_a_fault, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_7_used_index_may_not_go_back, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_7_used_index_of_a_full_ring_of_the_largest_size, 0, 2);
	tcase_add_loop_test(tc, PACK_6_descriptors_used_past_what_is_outstanding_are_a_fault, 0,
			    KINDS);
	tcase_add_loop_test(tc, PACK_6_going_back_takes_nothing_and_does_no_harm, 0, KINDS);
	tcase_add_loop_test(tc, PACK_6_used_with_the_wrong_wrap_counter_is_not_used, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_7_PACK_6_more_used_than_published_is_a_fault, 0, KINDS);

	tc = rig_tcase(suite, "which");
	tcase_add_loop_test(tc, SPLIT_7_PACK_6_used_id_out_of_range_is_a_fault, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_7_PACK_6_used_id_that_is_not_outstanding_is_a_fault, 0,
			    KINDS);
	tcase_add_loop_test(tc, SPLIT_7_fault_says_what_the_device_wrote, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_7_used_id_of_a_descriptor_within_a_chain_is_a_fault, 0,
			    KINDS);
	tcase_add_loop_test(tc, SPLIT_7_PACK_6_used_twice_is_a_fault, 0, KINDS);
	tcase_add_loop_test(tc, RING_8_batch_of_more_than_was_used_or_published_is_a_fault, 0,
			    IN_ORDER);
	tcase_add_loop_test(tc, SPLIT_7_PACK_6_first_fault_is_found_after_format, 0, KINDS);

	tc = rig_tcase(suite, "used lengths");
	tcase_add_loop_test(
		tc,
		SPLIT_7_PACK_6_used_length_past_what_is_writable_is_counted_and_a_fault_if_strict,
		0, KINDS);
	tcase_add_loop_test(
		tc,
		SPLIT_7_PACK_6_used_length_of_a_request_with_nothing_writable_is_counted_or_a_fault,
		0, KINDS);
	tcase_add_loop_test(tc, SPLIT_7_long_lengths_of_many_requests_take_nothing_from_the_order,
			    0, KINDS);
	tcase_add_loop_test(tc, RING_6_short_length_is_a_fault_if_strict_and_the_request_succeeded,
			    0, KINDS);
	tcase_add_loop_test(tc, RING_6_length_that_changes_after_it_was_accepted_is_a_fault, 0,
			    KINDS);

	tc = rig_tcase(suite, "other faults");
	tcase_add_loop_test(tc, SPLIT_4_PACK_4_garbage_wishes_do_no_harm, 0, KINDS);
	tcase_add_test(tc, faults_have_sentences);
	return unit_main(suite);
}
