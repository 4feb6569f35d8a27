// SPDX-License-Identifier: GPL-2.0-only
// sanitizers: no (too slow with them)
/* Virtqueues of both layouts: which side notifies the other, and when. */
#include "t/unit/virtq-rig.h"

static uint16_t driver_area(unsigned int field)
{
	return le16toh(((uint16_t *)(r.memory + r.layout.driver))[field]);
}

static void use_all(void)
{
	pop_all();
	push_all_and_flush();
	take_all();
}

/* Start a queue with @n requests published and popped by the device. */
static void start_with(struct virtq_config c, unsigned int index, unsigned int n)
{
	start_at(c, index);
	add_many(n);
	virtq_publish(&r.vq);
	CHECK_EQ(pop_all(), n);
}

/* ---- available buffer notifications, split ring ---- */

START_TEST(SPLIT_2_avail_flags_are_0_or_1_without_and_0_with_event_idx)
{
	uint16_t off = _i & EVENT_IDX ? 0 : 1;

	start_at(config(_i & ~PACKED, 16, 2), 65530);
	for (int i = 0; i < 40; i++) {
		CHECK_EQ(driver_area(0), off);
		add(PIECE, true);
		virtq_publish(&r.vq);
		CHECK_EQ(driver_area(0), off);
		virtq_arm(&r.vq, 1);
		CHECK_EQ(driver_area(0), 0);
		use_all();
		CHECK_EQ(driver_area(0), 0);
		virtq_disarm(&r.vq);
	}
}
END_TEST

START_TEST(SPLIT_3_used_flags_are_ignored_with_event_idx)
{
	for (uint16_t flags = 0; flags < 2; flags++)
		for (int due = 0; due < 2; due++) {
			start_at(config(_i << 3 | EVENT_IDX, 16, 1), 65535);
			devfault_garbage_event(&r.ring, flags, due ? 65535 : 65534);
			add(PIECE, true);
			CHECK_EQ(virtq_publish(&r.vq), due);
		}
}
END_TEST

START_TEST(SPLIT_4_notifies_exactly_when_due_across_index_wrap)
{
	for (int old = -12; old <= 12; old++)
		for (int event = old - 12; event <= old + 12; event++)
			for (int batch = 0; batch <= 8; batch++) {
				bool due = event >= old && event < old + batch;

				start_at(config(_i << 3 | INDIRECT | EVENT_IDX, 8, 1),
					 (uint16_t)old);
				devfault_garbage_event(&r.ring, 0, (uint16_t)event);
				add_many((unsigned int)batch);
				if (virtq_publish(&r.vq) != due)
					ck_abort_msg("index %d + %d, device event at %d: %s", old,
						     batch, event, due ? "missed" : "not due");
			}
}
END_TEST

START_TEST(SPLIT_4_notifies_when_due_in_batches_of_a_whole_ring)
{
	/*
	 * Distance from the old index to the device's avail_event, and whether a notification is
	 * due.
	 */
	static const struct {
		int at;
		bool due;
	} asked[] = { { -1, false },	 { 0, true },	   { 1, true },	     { 32766, true },
		      { 32767, true },	 { 32768, false }, { 32769, false }, { 65535, false },
		      { -32768, false }, { -32767, false } };
	static const uint16_t olds[] = { 0, 1, 32768, 40000, 65535 };

	for (size_t k = 0; k < COUNT(olds); k++) {
		start_at(config(INDIRECT | EVENT_IDX, 32768, 1), olds[k]);
		add_many(32768);
		for (size_t i = 0; i < COUNT(asked); i++) {
			devfault_garbage_event(&r.ring, 0, (uint16_t)(olds[k] + asked[i].at));
			r.vq.published = r.vq.added - 32768;
			CHECK_EQ(virtq_publish(&r.vq), asked[i].due);
		}
	}
}
END_TEST

START_TEST(SPLIT_5_avail_event_is_ignored_without_event_idx)
{
	for (int event = -12; event <= 12; event++)
		for (uint16_t flags = 0; flags < 2; flags++) {
			start_at(config(_i << 3, 16, 1), 65535);
			devfault_garbage_event(&r.ring, flags, (uint16_t)event);
			add(PIECE, true);
			CHECK_EQ(virtq_publish(&r.vq), !flags);
		}
}
END_TEST

/* ---- available buffer notifications, packed ring ---- */

START_TEST(PACK_4_follows_enable_and_disable_whatever_the_offset_says)
{
	/*
	 * The value 3 is reserved; a superfluous notification does no harm. Bits above the low two
	 * are ignored.
	 */
	static const struct {
		uint16_t flags;
		bool due;
	} wishes[] = { { VRING_PACKED_EVENT_FLAG_ENABLE, true },
		       { VRING_PACKED_EVENT_FLAG_DISABLE, false },
		       { 3, true },
		       { 4 | VRING_PACKED_EVENT_FLAG_ENABLE, true },
		       { 0xfffc | VRING_PACKED_EVENT_FLAG_DISABLE, false } };
	static const uint16_t events[] = { 0, 1, 15, 16, 0x7fff, 0x8000, 0x8001, 0xffff };

	for (size_t w = 0; w < COUNT(wishes); w++)
		for (size_t e = 0; e < COUNT(events); e++)
			for (unsigned int pos = 0; pos < 32; pos++) {
				start_at(config(_i | PACKED, 16, 1), pos);
				devfault_garbage_event(&r.ring, wishes[w].flags, events[e]);
				add(PIECE, true);
				CHECK_EQ(virtq_publish(&r.vq), wishes[w].due);
				/* Nothing new was added, so no notification is due. */
				CHECK(!virtq_publish(&r.vq));
			}
}
END_TEST

START_TEST(PACK_4_desc_without_event_idx_notifies)
{
	for (unsigned int pos = 0; pos < 32; pos++)
		for (unsigned int event = 0; event < 32; event++) {
			start_at(config((_i | PACKED) & ~EVENT_IDX, 16, 1), pos);
			devfault_garbage_event(&r.ring, VRING_PACKED_EVENT_FLAG_DESC,
					       (uint16_t)(event % 16 | (event & 16) << 11));
			add(PIECE, true);
			CHECK(virtq_publish(&r.vq));
		}
}
END_TEST

/*
 * Publish a batch of requests at position @pos, and check whether it is notified to a device that
 * waits for position @event. Positions are counted through two passes, the first of which has wrap
 * counter 1.
 */
static void check_desc(struct virtq_config c, unsigned int pos, unsigned int event,
		       unsigned int batch)
{
	unsigned int descs = 0, lap = 2 * c.size;
	bool due;

	start_at(c, pos);
	devfault_garbage_event(&r.ring, VRING_PACKED_EVENT_FLAG_DESC,
			       (uint16_t)(event % c.size | (event < c.size) << 15));
	for (unsigned int n = 0; n < batch; n++) {
		unsigned int data = n % (c.segments + 1);

		add(data * PIECE, true);
		descs += c.indirect ? 1 : data + 1 + c.footer_bytes;
	}
	due = (event + lap - pos) % lap < descs;
	if (virtq_publish(&r.vq) != due)
		ck_abort_msg("ring of %u, position %u, %u descriptors, device event at %u: %s",
			     c.size, pos, descs, event, due ? "missed" : "not due");
}

START_TEST(PACK_4_notifies_exactly_when_due_at_every_relative_position)
{
	static const uint32_t sizes[] = { 1, 2, 3, 7, 8 };

	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct virtq_config c = config_that_fits(_i | PACKED | EVENT_IDX, sizes[s], 1);
		struct virtq_layout l;

		CHECK_EQ(virtq_layout(&c, &l), 0);
		for (unsigned int pos = 0; pos < 2 * c.size; pos++)
			for (unsigned int event = 0; event < 2 * c.size; event++)
				for (unsigned int batch = 1; batch <= l.slots; batch++)
					check_desc(c, pos, event, batch);
	}
}
END_TEST

START_TEST(PACK_4_notifies_exactly_when_due_in_batches_of_a_whole_ring)
{
	static const uint32_t sizes[] = { 100, 256, 32767, 32768 };

	for (size_t s = 0; s < COUNT(sizes); s++) {
		uint32_t size = sizes[s], lap = 2 * size;
		struct virtq_config c = config(INDIRECT | PACKED | EVENT_IDX, size, 1);
		unsigned int at[] = { 0, size - 1, size, lap - 1 };

		for (size_t k = 0; k < COUNT(at); k++) {
			check_desc(c, at[k], at[k], size);
			check_desc(c, at[k], (at[k] + size - 1) % lap, size);
			check_desc(c, at[k], (at[k] + size) % lap, size);
			check_desc(c, at[k], (at[k] + lap - 1) % lap, size);
		}
	}
}
END_TEST

START_TEST(SPLIT_4_PACK_4_follows_a_device_that_asks_and_stops_asking)
{
	start_at(config(_i, 16, 2), 65529);
	for (int i = 0; i < 60; i++) {
		CHECK(!devring_want_kicks(&r.ring, true));
		add(i % 3 * PIECE, true);
		CHECK(virtq_publish(&r.vq));
		devring_want_kicks(&r.ring, false);
		pop_all();
		add(PIECE, true);
		CHECK(!virtq_publish(&r.vq));
		/*
		 * When the device enables notifications, it finds the request for which no
		 * notification was due.
		 */
		CHECK(devring_want_kicks(&r.ring, true));
		use_all();
	}
	check_all_is_well();
}
END_TEST

/* ---- used buffer notifications ---- */

START_TEST(PACK_4_drivers_wish_is_one_that_was_negotiated)
{
	for (unsigned int pos = 0; pos < 32; pos++) {
		uint16_t event;

		start_with(config(_i | PACKED, 16, 2), pos, 4);
		virtq_arm(&r.vq, 1);
		CHECK_EQ(driver_area(1), _i & EVENT_IDX ? VRING_PACKED_EVENT_FLAG_DESC
							: VRING_PACKED_EVENT_FLAG_ENABLE);
		event = (uint16_t)(pos % 16 | (pos < 16) << 15);
		if (_i & EVENT_IDX)
			CHECK_EQ(driver_area(0), event);
		virtq_disarm(&r.vq);
		CHECK_EQ(driver_area(1), VRING_PACKED_EVENT_FLAG_DISABLE);
	}
}
END_TEST

/* Return an index (split) or position (packed) close to an overflow. */
static unsigned int around_wrap(unsigned int i, uint32_t size)
{
	return r.config.packed ? i % (2 * size) : (uint16_t)(i - 20);
}

START_TEST(SPLIT_6_PACK_7_arm_asks_for_the_nth_request)
{
	bool exact = !(_i & PACKED) || _i & INDIRECT;

	for (unsigned int index = 0; index < 48; index++)
		for (uint16_t want = 1; want <= 8; want++) {
			struct virtq_config c = config(_i | EVENT_IDX, 24, 1);
			int signals = 0;

			if (!c.packed)
				c.size = 32;
			r.config.packed = c.packed;
			start_with(c, around_wrap(index, c.size), 8);
			CHECK(!virtq_arm(&r.vq, want));
			for (int i = 1; i <= 8; i++) {
				push(0);
				flush();
				if (!devring_must_signal(&r.ring))
					continue;
				signals++;
				/*
				 * With direct packed lists the driver does not know the position.
				 * An early notification is allowed, a late one is not.
				 */
				if (exact)
					CHECK_EQ(i, want);
				else
					CHECK(i <= want);
			}
			CHECK_EQ(signals, 1);
		}
}
END_TEST

START_TEST(SPLIT_6_PACK_7_arm_looks_at_the_ring_once_more)
{
	for (unsigned int index = 0; index < 30; index++)
		for (unsigned int ready = 0; ready <= 8; ready++)
			for (uint16_t want = 1; want <= 8; want++) {
				struct virtq_config c = config(_i, 32, 1);

				r.config.packed = c.packed;
				start_with(c, around_wrap(index, c.size), 8);
				/*
				 * The requests were used before the driver armed the queue, so no
				 * notification comes.
				 */
				for (unsigned int i = 0; i < ready; i++)
					push(0);
				flush();
				CHECK(!devring_must_signal(&r.ring));
				CHECK_EQ(virtq_arm(&r.vq, want), ready >= (c.packed ? 1 : want));
			}
}
END_TEST

/* The caller took only a part of a batch: the rest of the batch is complete already. */
START_TEST(RING_7_RING_8_arm_counts_the_rest_of_a_batch)
{
	for (unsigned int batch = 2; batch <= 8; batch++)
		for (unsigned int got = 1; got < batch; got++)
			for (uint16_t want = 1; want <= 8 - got; want++) {
				bool armed;

				start_with(config(_i | IN_ORDER, 32, 1), 65530, 8);
				push_batch(batch);
				flush();
				CHECK_EQ(take_some(got), got);
				devring_must_signal(&r.ring);
				armed = !virtq_arm(&r.vq, want);
				if (_i & PACKED)
					CHECK(!armed);
				else
					CHECK_EQ(armed, batch - got < want);
				/*
				 * If the driver sleeps, a notification is due with the last request
				 * at the latest.
				 */
				push_all_and_flush();
				CHECK(!armed || devring_must_signal(&r.ring));
				take_all();
			}
}
END_TEST

START_TEST(SPLIT_6_PACK_4_any_request_signals_without_event_idx)
{
	start_with(config(_i & ~EVENT_IDX, 32, 1), 0, 8);
	push(0);
	flush();
	CHECK(!devring_must_signal(&r.ring));
	CHECK_EQ(take_all(), 1);
	CHECK(!virtq_arm(&r.vq, 2));
	for (int i = 0; i < 3; i++) {
		push(0);
		flush();
		CHECK(devring_must_signal(&r.ring));
	}
	virtq_disarm(&r.vq);
	push_all_and_flush();
	CHECK(!devring_must_signal(&r.ring));
	CHECK_EQ(take_all(), 7);
}
END_TEST

START_TEST(SPLIT_6_PACK_4_disarmed_queue_is_not_signalled)
{
	start_at(config(_i, 8, 1), 60000);
	virtq_disarm(&r.vq);
	for (int i = 0; i < 65535; i++) {
		add(0, false);
		virtq_publish(&r.vq);
		CHECK(pop());
		push(0);
		flush();
		CHECK(!devring_must_signal(&r.ring));
		take_all();
	}
	check_all_is_well();
}
END_TEST

START_TEST(RING_7_sleeps_only_when_a_signal_is_due)
{
	/*
	 * Whatever @want and however many requests are ready, virtq_arm() refuses or a notification
	 * comes.
	 */
	start_at(config(_i, 64, 2), 65000);
	rng_state = 99;
	for (int i = 0; i < 5000; i++) {
		unsigned int n = 1 + rng(r.vq.slots), before = rng(n + 1);
		uint16_t want = (uint16_t)(1 + rng(n));
		bool sleeps, signalled = false;

		for (unsigned int k = 0; k < n; k++)
			add(rng(3) * PIECE, true);
		virtq_publish(&r.vq);
		CHECK_EQ(pop_all(), n);
		while (before--)
			push(rng(r.held.n));
		flush();
		devring_must_signal(&r.ring);
		sleeps = !virtq_arm(&r.vq, want);
		while (r.held.n) {
			push(rng(r.held.n));
			if (rng(3) && r.held.n)
				continue;
			flush();
			signalled |= devring_must_signal(&r.ring);
		}
		CHECK(!sleeps || signalled);
		virtq_disarm(&r.vq);
		/*
		 * After a spurious wake-up the driver takes exactly the requests that are complete.
		 */
		CHECK_EQ(take_all(), n);
		CHECK_EQ(take_all(), 0);
	}
	check_all_is_well();
}
END_TEST

/* The value of virtq_next() is part of available buffer notifications (VIRTIO 1.3, 2.9). */
START_TEST(next_is_where_a_device_goes_on_that_has_used_everything)
{
	start_at(config(_i, 16, 2), 65530);
	CHECK_EQ(virtq_next(&r.vq), (uint16_t)virtq_base(&r.vq));
	for (unsigned int i = 0; i < 40; i++) {
		uint16_t next;

		add_many(1 + i % 3);
		virtq_publish(&r.vq);
		next = virtq_next(&r.vq);
		CHECK(next != (uint16_t)virtq_base(&r.vq));
		use_all();
		CHECK_EQ(virtq_next(&r.vq), next);
		CHECK_EQ(next, (uint16_t)virtq_base(&r.vq));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("virtq notify");
	TCase *tc = rig_tcase(suite, "notifying");

	tcase_add_loop_test(tc, SPLIT_2_avail_flags_are_0_or_1_without_and_0_with_event_idx, 0,
			    KINDS);
	tcase_add_loop_test(tc, SPLIT_3_used_flags_are_ignored_with_event_idx, 0, 2);
	tcase_add_loop_test(tc, SPLIT_4_notifies_exactly_when_due_across_index_wrap, 0, 2);
	tcase_add_test(tc, SPLIT_4_notifies_when_due_in_batches_of_a_whole_ring);
	tcase_add_loop_test(tc, SPLIT_5_avail_event_is_ignored_without_event_idx, 0, 2);
	tcase_add_loop_test(tc, PACK_4_follows_enable_and_disable_whatever_the_offset_says, 0,
			    KINDS);
	tcase_add_loop_test(tc, PACK_4_desc_without_event_idx_notifies, 0, KINDS);
	tcase_add_loop_test(tc, PACK_4_notifies_exactly_when_due_at_every_relative_position, 0,
			    KINDS);
	tcase_add_test(tc, PACK_4_notifies_exactly_when_due_in_batches_of_a_whole_ring);
	tcase_add_loop_test(tc, SPLIT_4_PACK_4_follows_a_device_that_asks_and_stops_asking, 0,
			    KINDS);

	tc = rig_tcase(suite, "used buffer notifications");
	tcase_add_loop_test(tc, PACK_4_drivers_wish_is_one_that_was_negotiated, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_6_PACK_7_arm_asks_for_the_nth_request, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_6_PACK_7_arm_looks_at_the_ring_once_more, 0, KINDS);
	tcase_add_loop_test(tc, RING_7_RING_8_arm_counts_the_rest_of_a_batch, 0, IN_ORDER);
	tcase_add_loop_test(tc, SPLIT_6_PACK_4_any_request_signals_without_event_idx, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_6_PACK_4_disarmed_queue_is_not_signalled, 0, KINDS);
	tcase_add_loop_test(tc, RING_7_sleeps_only_when_a_signal_is_due, 0, KINDS);
	tcase_add_loop_test(tc, next_is_where_a_device_goes_on_that_has_used_everything, 0, KINDS);
	return unit_main(suite);
}
