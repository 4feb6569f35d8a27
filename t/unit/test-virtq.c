// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtqueues of both layouts: requests to and from a device that shares no code with the driver.
 * Two duties are only partly the queue's. RING-5: the queue's user must not touch data in flight;
 * headers, footers and descriptors are checked here, at each step (t/unit/virtq-rig.h). RING-6: the
 * queue only compares the footer with the value that its user stored there before.
 */
#include <pthread.h>
#include <sched.h>

#include "t/unit/virtq-rig.h"

START_TEST(PACK_2_full_ring_has_no_free_slot_until_one_is_taken_back)
{
	start_at(config(_i, 16, 2), 65531);
	add_many(r.layout.slots);
	CHECK(virtq_slot_free(&r.vq) == NULL);
	CHECK_EQ(virtq_outstanding(&r.vq), r.layout.slots);
	virtq_publish(&r.vq);
	CHECK_EQ(pop_all(), r.layout.slots);
	push(2);
	CHECK_EQ(take_all(), 0);
	flush();
	CHECK(virtq_slot_free(&r.vq) == NULL);
	CHECK_EQ(take_all(), 1);
	CHECK(virtq_slot_free(&r.vq) != NULL);
	/*
	 * All other slots are in flight. The slot that was taken back can be used with all its
	 * descriptors.
	 */
	add(PIECE, false);
	CHECK(virtq_slot_free(&r.vq) == NULL);
	virtq_publish(&r.vq);
	CHECK_EQ(pop_all(), 1);
	push_all_and_flush();
	CHECK_EQ(take_all(), r.layout.slots);
	check_all_is_well();
}
END_TEST

START_TEST(requests_come_back_in_the_devices_order)
{
	start_at(config(_i, 64, 1), 65534);
	for (int round = 0; round < 20; round++) {
		add_many(r.layout.slots);
		virtq_publish(&r.vq);
		CHECK_EQ(pop_all(), r.layout.slots);
		while (r.held.n)
			push(r.held.n / 2);
		flush();
		/* A few at a time, never more than fit into the array. */
		CHECK_EQ(take_some(1), 1);
		CHECK_EQ(take_some(7), 7);
		CHECK_EQ(take_all(), r.layout.slots - 8);
	}
	check_all_is_well();
}
END_TEST

START_TEST(slots_are_reused_last_in_first_out)
{
	struct virtq_slot *slot[3];

	start(config(_i & ~IN_ORDER, 32, 1));
	for (int i = 0; i < 8; i++) {
		CHECK_EQ(virtq_slot_free(&r.vq)->id, i);
		add(0, false);
	}
	virtq_publish(&r.vq);
	pop_all();
	push(5);
	push(1);
	push(3);
	flush();
	for (int i = 0; i < 3; i++) {
		slot[i] = (*line_at(&r.pushed, 0))->slot;
		CHECK_EQ(take_some(1), 1);
		CHECK(virtq_slot_free(&r.vq) == slot[i]);
	}
	for (int i = 2; i >= 0; i--) {
		CHECK(virtq_slot_free(&r.vq) == slot[i]);
		add(0, false);
	}
}
END_TEST

START_TEST(RING_5_requests_in_flight_are_not_written_to)
{
	struct vring_desc before[4], *chain;
	unsigned char slot[1024], *at;
	struct rig_request *q;
	size_t desc;

	if (_i & IN_ORDER)
		return; /* With IN_ORDER no later request completes before this one. */
	start(config(_i, 64, 2));
	CHECK(r.layout.slot_stride <= sizeof(slot));
	q = add(2 * PIECE, true);
	at = r.memory + r.layout.slot + q->slot->id * r.layout.slot_stride;
	/*
	 * The request's descriptors: in the slot, on the packed ring, or after the split ring's
	 * chain heads.
	 */
	desc = _i & PACKED ? 0 : r.vq.slots;
	chain = (struct vring_desc *)(r.memory + r.layout.desc) + desc;
	memcpy(slot, at, r.layout.slot_stride);
	virtq_publish(&r.vq);
	memcpy(before, chain, sizeof(before[0]) * 2);
	CHECK_EQ(pop_all(), 1);
	/* Descriptors of a packed ring are reused in its next pass, so stop before that. */
	for (int i = 0; i < (_i & PACKED ? 14 : 500); i++) {
		add(i % 3 * PIECE, i & 1);
		virtq_publish(&r.vq);
		CHECK_EQ(pop_all(), 1);
		if (_i & PACKED)
			continue;
		push(1);
		flush();
		CHECK_EQ(take_all(), 1);
	}
	if (!(_i & INDIRECT) || _i & PACKED)
		ck_assert_mem_eq(before, chain, sizeof(before[0]) * (_i & INDIRECT ? 1 : 2));
	ck_assert_mem_eq(slot, at, r.layout.slot_stride);
	push_all_and_flush();
	take_all();
	check_all_is_well();
}
END_TEST

/* Driver: take request @q, whose used length is too short and whose footer is @footer. */
static void take_short(struct rig_request *q, unsigned char footer)
{
	void *ctx[2];

	CHECK(virtq_take(&r.vq, ctx, ctx + 2, on_error, &r) == ctx + 1);
	CHECK(ctx[0] == q);
	CHECK_EQ(q->errors_reported, footer != 0);
	CHECK_EQ(q->footer, footer);
	CHECK_EQ(r.vq.fault, VIRTQ_FAULT_NONE);
}

START_TEST(RING_6_short_length_is_counted_and_the_footer_compared_with_its_poison)
{
	static const uint32_t lengths[] = { 0, 1, PIECE - 1, PIECE };
	static const unsigned char footers[] = { POISON, 0, 1, 0xff };
	uint64_t count = 0;

	start(config(_i, 16, 1));
	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t k = 0; k < COUNT(footers); k++) {
			struct rig_request *q = add(PIECE, true);

			virtq_publish(&r.vq);
			CHECK_EQ(pop_all(), 1);
			line_get(&r.held, 0);
			*q->slot->footer = footers[k];
			devring_push(&r.ring, q->id, lengths[i], q->ndesc);
			devring_flush(&r.ring);
			take_short(q, footers[k]);
			CHECK_EQ(r.vq.short_lengths, ++count);
		}
	round_trip(PIECE, true);
	CHECK_EQ(r.vq.short_lengths, count);
	check_all_is_well();
}
END_TEST

/* VIRTIO 1.3, 2.7.8.2: the used length is the number of bytes written. A request without data and
 * footer has nothing to write, so its used length is 0. */
START_TEST(RING_6_length_0_of_a_request_with_nothing_writable_is_not_short)
{
	start(config_that_fits(_i, 1, 0));
	for (int i = 0; i < 10; i++)
		round_trip(0, false);
	CHECK_EQ(r.vq.short_lengths, 0);
	check_all_is_well();
}
END_TEST

/* ---- visibility ---- */

START_TEST(SPLIT_1_PACK_1_nothing_is_visible_before_publish)
{
	for (unsigned int index = 0; index < 64; index++) {
		start_at(config(_i, 16, 1), _i & PACKED ? index : 65535 - index);
		for (int batch = 1; batch < 4; batch++) {
			struct virtq_desc *first = _i & PACKED ? r.vq.packed.next : NULL;
			uint16_t flags = first ? first->packed.flags : 0;

			for (int i = 0; i < batch; i++) {
				add(PIECE, true);
				CHECK(!devring_available(&r.ring));
				CHECK_EQ(pop_all(), 0);
			}
			/*
			 * On a packed ring, everything except the flags of the first descriptor is
			 * written already.
			 */
			if (first)
				CHECK_EQ(first->packed.flags, flags);
			virtq_publish(&r.vq);
			CHECK_EQ(pop_all(), batch);
			virtq_publish(&r.vq);
			CHECK_EQ(pop_all(), 0);
			push_all_and_flush();
			CHECK_EQ(take_all(), batch);
		}
		check_all_is_well();
	}
}
END_TEST

START_TEST(SPLIT_1_index_only_goes_up_through_many_overflows)
{
	static const uint32_t sizes[] = { 1, 2, 4, 256, 32768 };

	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct virtq_config c = config_that_fits(_i & ~PACKED, sizes[s], 1);
		struct virtq_layout l;

		if (virtq_layout(&c, &l))
			continue;
		start_at(c, 65535);
		for (uint32_t done = 0, round = 0; done < 2 * 65536; round++) {
			uint16_t before = le16toh(r.vq.split.avail->idx);
			uint32_t n = r.layout.slots - (round & 1 && r.layout.slots > 1);

			add_many(n);
			virtq_publish(&r.vq);
			CHECK_EQ((uint16_t)(le16toh(r.vq.split.avail->idx) - before), n);
			CHECK_EQ(pop_all(), n);
			push_all_and_flush();
			CHECK_EQ(take_all(), n);
			done += n;
		}
		check_all_is_well();
	}
}
END_TEST

/* Lists of every length from every position, so that they cross the end of the ring in all ways. */
START_TEST(PACK_3_wrap_counters_flip_exactly_at_the_rings_end)
{
	static const uint32_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 13 };

	for (size_t s = 0; s < COUNT(sizes); s++)
		for (uint32_t pos = 0; pos < 2 * sizes[s]; pos++) {
			struct virtq_config c = config_that_fits(_i | PACKED, sizes[s], 11);
			unsigned int at = pos;

			for (uint32_t n = 0; n <= c.segments; n++) {
				start_at(c, at = pos);
				for (uint32_t k = 0; k < 4 * sizes[s]; k++) {
					round_trip((n + (k & 1)) % (c.segments + 1) * PIECE, k & 2);
					at += requests[last_serial & 0xffff].ndesc;
					at %= 2 * sizes[s];
					CHECK_EQ(r.vq.packed.next - r.vq.packed.desc,
						 at % sizes[s]);
					CHECK_EQ(r.vq.packed.used_next - r.vq.packed.desc,
						 at % sizes[s]);
					CHECK_EQ(r.vq.packed.avail == VIRTQ_PACKED_AVAIL,
						 at < sizes[s]);
					CHECK_EQ(!!r.vq.packed.used, at < sizes[s]);
				}
				check_all_is_well();
			}
		}
}
END_TEST

#define STREAM 30000u

static struct stream {
	atomic_bool stop;
	const char *wrong;
	uint64_t serial; /* serial number before the first request */
} stream;

/*
 * A polling device: each request must be completely visible as soon as the available index (split)
 * or the flags of its first descriptor (packed) make the request available.
 */
static void *stream_device(void *arg)
{
	uint64_t expect = stream.serial;

	(void)arg;
	while (!atomic_load(&stream.stop) && !stream.wrong) {
		int got = devring_pop(&r.ring, &r.chain);
		uint64_t serial, data;

		if (!got) {
			sched_yield();
			continue;
		}
		if (got < 0) {
			stream.wrong = r.ring.complaint;
			break;
		}
		memcpy(&serial, r.chain.segs[0].ptr, sizeof(serial));
		memcpy(&data, r.chain.segs[1].ptr, sizeof(data));
		if (serial != ++expect)
			stream.wrong = "the header belongs to another request";
		else if (data != serial)
			stream.wrong = "the data belongs to another request";
		else if (r.chain.nsegs != 3 || r.chain.segs[1].len != 16 + serial % 100)
			stream.wrong = "the descriptors belong to another request";
		*(unsigned char *)r.chain.segs[2].ptr = (unsigned char)serial;
		devring_push(&r.ring, r.chain.id, 1, r.chain.ndesc);
		devring_flush(&r.ring);
	}
	atomic_store(&stream.stop, true);
	return NULL;
}

START_TEST(SPLIT_1_PACK_1_device_in_another_thread_sees_whole_requests)
{
	unsigned int added = 0, taken = 0;
	uint64_t expect = last_serial;
	pthread_t thread;

	start_at(config(_i, 16, 1), 65535);
	stream.serial = last_serial;
	CHECK_EQ(pthread_create(&thread, NULL, stream_device, NULL), 0);
	while (taken < STREAM && !atomic_load(&stream.stop)) {
		void **end, **p;

		while (virtq_slot_free(&r.vq) && added < STREAM) {
			add((uint32_t)(16 + (last_serial + 1) % 100), false);
			if (++added % 3 == 0)
				break;
		}
		virtq_publish(&r.vq);
		end = virtq_take(&r.vq, r.taken_ctx, r.taken_ctx + 5, on_error, &r);
		if (end == r.taken_ctx)
			sched_yield();
		for (p = r.taken_ctx; p < end; p++, taken++) {
			struct rig_request *q = *p;

			if (q->serial != ++expect || q->footer != (unsigned char)expect)
				atomic_store(&stream.stop, true);
		}
	}
	CHECK(!atomic_exchange(&stream.stop, true));
	pthread_join(thread, NULL);
	ck_assert_msg(!stream.wrong, "%s", stream.wrong);
	CHECK_EQ(r.vq.fault, VIRTQ_FAULT_NONE);
}
END_TEST

/* ---- IN_ORDER ---- */

START_TEST(RING_8_slots_and_descriptors_come_round_in_ring_order)
{
	unsigned int slot = 0;

	start_at(config(_i | IN_ORDER, 64, 3), 65500);
	rng_state = 5;
	for (int round = 0; round < 1000; round++) {
		uint32_t n = 1 + rng(r.vq.slots);

		for (; n && virtq_slot_free(&r.vq); n--) {
			CHECK_EQ(virtq_slot_free(&r.vq)->id, slot);
			slot = (slot + 1) % r.vq.slots;
			add(rng(4) * PIECE, rng(2));
		}
		virtq_publish(&r.vq);
		/*
		 * pop() checks the first descriptor of each chain. The ring model checks that the
		 * following descriptors are in ring order.
		 */
		pop_all();
		for (n = rng(r.held.n + 1); n; n--)
			push(0);
		flush();
		take_all();
	}
	push_all_and_flush();
	take_all();
	check_all_is_well();
}
END_TEST

START_TEST(RING_8_last_element_stands_for_a_batch)
{
	for (unsigned int index = 0; index < 40; index++)
		for (unsigned int batch = 1; batch <= 8; batch++)
			for (unsigned int room = 1; room <= 9; room += 2) {
				start_at(config(_i | IN_ORDER, 32, 2),
					 _i & PACKED ? index : 65535 - index);
				for (int round = 0; round < 3; round++) {
					unsigned int n = 0, got;

					for (unsigned int k = 0; k < 8; k++)
						add((k + round) % 3 * PIECE, k & 1);
					virtq_publish(&r.vq);
					CHECK_EQ(pop_all(), 8);
					push_batch(batch);
					flush();
					/* The caller's array may be shorter than the batch. */
					while ((got = take_some(room)) == room)
						n += got;
					CHECK_EQ(n + got, batch);
					push_all_and_flush();
					CHECK_EQ(take_all(), 8 - batch);
				}
				check_all_is_well();
			}
}
END_TEST

/* ---- everything at random ---- */

#define LONG_RUN 200000u

static const struct {
	uint32_t size, segments;
} long_runs[] = { { 4, 2 }, { 64, 6 }, { 256, 1 } };

static void device_uses_some(void)
{
	for (uint32_t n = rng(r.held.n + 1); n && r.held.n; n--) {
		uint32_t most = r.held.n;

		if (r.config.in_order && rng(4) == 0)
			push_batch(1 + rng(most < 9 ? most : 9));
		else
			push_short(rng(most), rng(50) == 0);
		if (rng(3) == 0)
			flush();
	}
	flush();
}

START_TEST(long_random_run_loses_and_mixes_up_nothing)
{
	uint32_t segments = long_runs[_i / KINDS].segments, size = long_runs[_i / KINDS].size;
	uint64_t taken = 0;

	/* The size of a packed ring need not be a power of two. */
	start_at(config(_i % KINDS, _i & PACKED ? size + 1 : size, segments), 65500);
	rng_state = 0x1234567u + (uint32_t)_i;
	while (taken < LONG_RUN) {
		uint32_t n = rng(2 + rng(r.vq.slots));

		while (n-- && virtq_slot_free(&r.vq)) {
			uint32_t piece = (1 + rng(2)) * 256, bytes = rng(segments + 1) * piece;

			if (bytes && rng(4) == 0)
				bytes -= rng(piece - 8);
			add_pieces(bytes, piece, rng(2));
			if (rng(3) == 0)
				virtq_publish(&r.vq);
		}
		virtq_publish(&r.vq);
		for (n = rng(r.vq.slots + 1u); n && pop(); n--)
			;
		device_uses_some();
		/* No request is used between flush() and virtq_arm(), so the result is known. */
		if (rng(4) == 0 && virtq_outstanding(&r.vq)) {
			uint16_t want = (uint16_t)(1 + rng(virtq_outstanding(&r.vq)));

			CHECK_EQ(virtq_arm(&r.vq, want), r.visible >= (r.config.packed ? 1 : want));
		} else if (rng(2)) {
			virtq_disarm(&r.vq);
		}
		devring_must_signal(&r.ring);
		taken += take_some(1 + rng(r.vq.slots));
	}
	pop_all();
	push_all_and_flush();
	take_all();
	CHECK_EQ(r.vq.short_lengths, r.short_pushed);
	check_all_is_well();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("virtq");
	TCase *tc = rig_tcase(suite, "requests");

	tcase_add_loop_test(tc, PACK_2_full_ring_has_no_free_slot_until_one_is_taken_back, 0,
			    KINDS);
	tcase_add_loop_test(tc, requests_come_back_in_the_devices_order, 0, KINDS);
	tcase_add_loop_test(tc, slots_are_reused_last_in_first_out, 0, IN_ORDER);
	tcase_add_loop_test(tc, RING_5_requests_in_flight_are_not_written_to, 0, IN_ORDER);
	tcase_add_loop_test(tc,
			    RING_6_short_length_is_counted_and_the_footer_compared_with_its_poison,
			    0, KINDS);
	tcase_add_loop_test(tc, RING_6_length_0_of_a_request_with_nothing_writable_is_not_short, 0,
			    KINDS);

	tc = rig_tcase(suite, "visibility");
	tcase_add_loop_test(tc, SPLIT_1_PACK_1_nothing_is_visible_before_publish, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_1_index_only_goes_up_through_many_overflows, 0, KINDS);
	tcase_add_loop_test(tc, PACK_3_wrap_counters_flip_exactly_at_the_rings_end, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_1_PACK_1_device_in_another_thread_sees_whole_requests, 0,
			    KINDS);

	tc = rig_tcase(suite, "in order");
	tcase_add_loop_test(tc, RING_8_slots_and_descriptors_come_round_in_ring_order, 0, IN_ORDER);
	tcase_add_loop_test(tc, RING_8_last_element_stands_for_a_batch, 0, IN_ORDER);

	tc = rig_tcase(suite, "long runs");
	tcase_add_loop_test(tc, long_random_run_loses_and_mixes_up_nothing, 0,
			    COUNT(long_runs) * KINDS);
	return unit_main(suite);
}
