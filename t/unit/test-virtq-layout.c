// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtqueues of both layouts: the layout of their memory, and the contents that a device finds
 * there.
 */
#include "t/unit/virtq-rig.h"

static const uint32_t segment_counts[] = { 0, 1, 2, 3, 7, 16, 126, 254 };
static const uint32_t head_sizes[] = { 16, 24, 17, 1 };

static void check_layout(const struct virtq_config *c, const struct virtq_layout *l)
{
	size_t size = c->size,
	       table = (c->segments + 1 + c->footer_bytes) * sizeof(struct vring_desc);
	size_t chain = c->segments + 1 + c->footer_bytes, fit = c->indirect ? size : size / chain;

	/* VIRTIO 1.3, 2.7 and 2.8.10: alignment and size of each area. */
	CHECK_EQ(l->desc % 16, 0);
	CHECK_EQ(l->driver % (c->packed ? 4 : 2), 0);
	CHECK_EQ(l->device % 4, 0);
	CHECK(l->driver >= l->desc + 16 * size);
	CHECK(l->device >= l->driver + (c->packed ? 4 : 6 + 2 * size));
	CHECK(l->slot >= l->device + (c->packed ? 4 : 6 + 8 * size));
	/* A rule of the driver, not of VIRTIO: no cache line is written by both sides. */
	CHECK_EQ(l->driver % VIRTQ_CACHE_LINE, 0);
	CHECK_EQ(l->device % VIRTQ_CACHE_LINE, 0);
	CHECK_EQ(l->slot % VIRTQ_CACHE_LINE, 0);
	CHECK_EQ(l->slot_stride % VIRTQ_CACHE_LINE, 0);
	if (c->indirect)
		CHECK_EQ(l->footer % VIRTQ_CACHE_LINE, 0);

	CHECK(l->header >= (c->indirect ? table : 0));
	CHECK(l->footer >= l->header + c->header_bytes);
	CHECK(l->slot_stride >= l->footer + 1);
	if (c->in_order && c->indirect && !c->packed)
		CHECK_EQ(l->slots, fit);
	else
		CHECK_EQ(l->slots, c->slots ? c->slots : fit);
	CHECK(l->bytes >= l->slot + l->slots * l->slot_stride);
}

START_TEST(RING_1_every_part_is_aligned_in_every_geometry)
{
	unsigned int accepted = 0;

	for (uint32_t size = 1; size <= 32768; size += _i & PACKED ? 1 + size / 9 : size)
		for (size_t s = 0; s < COUNT(segment_counts); s++)
			for (size_t h = 0; h < COUNT(head_sizes); h++)
				for (uint32_t tail = 0; tail < 2; tail++) {
					struct virtq_config c = config(_i, size, segment_counts[s]);
					struct virtq_layout l;

					c.header_bytes = head_sizes[h];
					c.footer_bytes = tail;
					if (virtq_layout(&c, &l))
						continue;
					accepted++;
					check_layout(&c, &l);
					c.slots = 1;
					CHECK_EQ(virtq_layout(&c, &l), 0);
					check_layout(&c, &l);
				}
	CHECK(accepted > 300);
}
END_TEST

START_TEST(layout_refuses_sizes_that_no_ring_has)
{
	static const uint32_t never[] = { 0,	 32769,	 49152,	   65535,
					  65536, 131072, 1u << 31, UINT32_MAX };
	static const uint32_t packed_only[] = { 3, 5, 6, 7, 9, 255, 257, 32767 };
	struct virtq_config c = config(_i, 0, 1);
	struct virtq_layout l;
	size_t i;

	for (i = 0; i < COUNT(never); i++) {
		c.size = never[i];
		CHECK_EQ(virtq_layout(&c, &l), -EINVAL);
	}
	for (i = 0; i < COUNT(packed_only); i++) {
		c.size = packed_only[i];
		CHECK_EQ(virtq_layout(&c, &l), c.packed ? 0 : -EINVAL);
	}
	for (c.size = 4; c.size <= 32768; c.size *= 2)
		CHECK_EQ(virtq_layout(&c, &l), 0);
}
END_TEST

START_TEST(layout_refuses_ends_that_no_request_has)
{
	struct virtq_config c = config(_i, 16, 1);
	struct virtq_layout l;

	c.header_bytes = 0;
	CHECK_EQ(virtq_layout(&c, &l), -EINVAL);
	c = config(_i, 16, 1);
	for (c.footer_bytes = 2; c.footer_bytes; c.footer_bytes *= 2)
		CHECK_EQ(virtq_layout(&c, &l), -EINVAL);
	/* Requests with data need a footer. */
	CHECK_EQ(virtq_layout(&c, &l), -EINVAL);
	c.segments = 0;
	CHECK_EQ(virtq_layout(&c, &l), 0);
	CHECK_EQ(l.slots, 16);
	c = config(_i, 256, 254);
	CHECK_EQ(virtq_layout(&c, &l), 0);
	CHECK_EQ(l.slots, _i & INDIRECT ? 256 : 1);
}
END_TEST

/* One test per count, because 32-bit sums overflow in different ways. */
START_TEST(layout_refuses_absurd_segment_counts)
{
	static const uint32_t counts[] = { UINT32_MAX,	   UINT32_MAX - 1,
					   UINT32_MAX - 2, (1u << 31) - 2,
					   1u << 31,	   65536,
					   32768,	   255 };
	struct virtq_layout l;

	for (size_t i = 0; i < COUNT(counts); i++) {
		struct virtq_config c = config(_i, 256, counts[i]);

		CHECK_EQ(virtq_layout(&c, &l), -EINVAL);
	}
}
END_TEST

/* VIRTIO 1.3, 2.7.5.3.1: a chain is not longer than the queue size, even in an indirect table. */
START_TEST(RING_3_layout_allows_no_chain_longer_than_the_queue)
{
	for (uint32_t size = 1; size <= 512; size *= 2)
		for (uint32_t segments = 0; segments <= size + 2; segments++) {
			struct virtq_config c = config(_i, size, segments);
			struct virtq_layout l;

			CHECK_EQ(virtq_layout(&c, &l), segments + 2 > size ? -EINVAL : 0);
		}
}
END_TEST

START_TEST(layout_refuses_more_slots_than_fit)
{
	struct virtq_config c = config(_i, 256, 2);
	struct virtq_layout l;

	c.slots = _i & INDIRECT ? 256 : 64;
	CHECK_EQ(virtq_layout(&c, &l), 0);
	CHECK_EQ(l.slots, c.slots);
	c.slots++;
	CHECK_EQ(virtq_layout(&c, &l), -EINVAL);
	c.slots = UINT32_MAX;
	CHECK_EQ(virtq_layout(&c, &l), -EINVAL);
}
END_TEST

START_TEST(state_memory_is_enough_and_kept_to)
{
	struct virtq_config c = config(_i, 64, 2);
	unsigned char *state;
	struct virtq_layout l;
	void *memory;
	size_t bytes;
	struct virtq vq;

	CHECK_EQ(virtq_layout(&c, &l), 0);
	bytes = virtq_state_bytes(&c, &l);
	memory = aligned_alloc(VIRTQ_CACHE_LINE, l.bytes);
	CHECK_EQ(posix_memalign((void **)&state, VIRTQ_CACHE_LINE, bytes + 2 * GUARD_BYTES), 0);
	memset(memory, 0, l.bytes);
	memset(state, GUARD, bytes + 2 * GUARD_BYTES);
	memset(state + GUARD_BYTES, 0, bytes);
	virtq_init(&vq, &c, &l, memory, state + GUARD_BYTES);
	virtq_format(&vq, &l, QUEUE_IOVA);
	while (virtq_slot_free(&vq))
		virtq_add(&vq, virtq_slot_free(&vq), &vq, DATA_IOVA, 2 * PIECE, PIECE, true);
	for (size_t i = 0; i < GUARD_BYTES; i++) {
		CHECK_EQ(state[i], GUARD);
		CHECK_EQ(state[GUARD_BYTES + bytes + i], GUARD);
	}
	free(memory);
	free(state);
}
END_TEST

START_TEST(init_touches_no_device_memory)
{
	struct virtq_config c = config(_i, 64, 2);
	unsigned char *memory;
	struct virtq_layout l;
	struct virtq vq;
	void *state;

	CHECK_EQ(virtq_layout(&c, &l), 0);
	memory = aligned_alloc(VIRTQ_CACHE_LINE, l.bytes);
	CHECK_EQ(posix_memalign(&state, VIRTQ_CACHE_LINE, virtq_state_bytes(&c, &l)), 0);
	memset(state, 0, virtq_state_bytes(&c, &l));
	memset(memory, GUARD, l.bytes);
	virtq_init(&vq, &c, &l, memory, state);
	for (size_t i = 0; i < l.bytes; i++)
		CHECK_EQ(memory[i], GUARD);
	CHECK(!vq.formatted);
	CHECK_EQ(virtq_outstanding(&vq), 0);
	CHECK_EQ(vq.slots, l.slots);
	free(memory);
	free(state);
}
END_TEST

START_TEST(format_and_use_touch_nothing_around_the_queue)
{
	static const uint32_t sizes[] = { 1, 2, 4, 32, 256, 7, 100, 32767, 32768 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct virtq_config c = config_that_fits(_i, sizes[i], 2);
		struct virtq_layout l;

		if (virtq_layout(&c, &l))
			continue;
		start(c);
		check_guards();
		for (uint32_t n = 0; virtq_slot_free(&r.vq); n++)
			add(n % (c.segments + 1) * PIECE, true);
		virtq_publish(&r.vq);
		virtq_arm(&r.vq, 1);
		CHECK_EQ(pop_all(), r.layout.slots);
		push_all_and_flush();
		CHECK_EQ(take_all(), r.layout.slots);
		check_all_is_well();
	}
}
END_TEST

START_TEST(SPLIT_3_PACK_3_format_leaves_an_empty_queue)
{
	const uint16_t *driver, *device;

	start(config(_i, 16, 1));
	driver = (void *)(r.memory + r.layout.driver);
	device = (void *)(r.memory + r.layout.device);
	CHECK(r.vq.formatted);
	CHECK_EQ(virtq_outstanding(&r.vq), 0);
	CHECK(!devring_available(&r.ring));
	CHECK_EQ(take_all(), 0);
	CHECK(virtq_slot_free(&r.vq) == r.vq.slot);
	CHECK_EQ(device[0], 0);
	CHECK_EQ(device[1], 0);
	/* No notifications are requested: NO_INTERRUPT, a distant event index, or DISABLE. */
	if (_i & PACKED)
		CHECK_EQ(le16toh(driver[1]), VRING_PACKED_EVENT_FLAG_DISABLE);
	else
		CHECK_EQ(le16toh(driver[0]), _i & EVENT_IDX ? 0 : VRING_AVAIL_F_NO_INTERRUPT);
	if (!(_i & PACKED)) {
		CHECK_EQ(driver[1], 0);
		CHECK_EQ(le16toh(driver[2 + 16]), _i & EVENT_IDX ? 0xffff : 0);
	}
}
END_TEST

/* I/O virtual addresses are unrelated to the driver's addresses: low and high ones must work. */
START_TEST(descriptors_name_the_queue_by_its_iova)
{
	static const uint64_t iovas[] = { 4096, 1ull << 32, 0xfffffffffff00000ull };

	for (size_t i = 0; i < COUNT(iovas); i++) {
		r.iova = iovas[i];
		start(config(_i, 16, 2));
		for (uint32_t n = 0; n < 100; n++)
			round_trip(n % 3 * PIECE, n & 1);
		check_all_is_well();
	}
	r.iova = QUEUE_IOVA;
}
END_TEST

/* ---- shapes of requests ---- */

static void fill(void)
{
	for (uint32_t n = 0; virtq_slot_free(&r.vq); n++)
		add(n % (r.config.segments + 1) * PIECE, n & 1);
	virtq_publish(&r.vq);
}

/* Run every shape of request, one at a time, then with all slots at once, twice. */
static void exercise(struct virtq_config c, uint16_t index)
{
	start_at(c, index);
	for (uint32_t n = 0; n <= c.segments; n++)
		for (int writes = 0; writes < 2; writes++)
			round_trip(n * PIECE, writes);
	for (int i = 0; i < 2; i++) {
		fill();
		CHECK_EQ(virtq_outstanding(&r.vq), r.layout.slots & 0xffff);
		CHECK_EQ(pop_all(), r.layout.slots);
		push_all_and_flush();
		CHECK_EQ(take_all(), r.layout.slots);
	}
	if (c.footer_bytes)
		CHECK_EQ(r.vq.short_lengths, 0);
	check_all_is_well();
}

START_TEST(RING_2_3_4_requests_have_their_shape_in_rings_of_every_size)
{
	static const uint32_t sizes[] = { 1, 2, 3, 4, 7, 8, 100, 256, 32767, 32768 };
	static const uint16_t starts[] = { 0, 1, 32767, 65533, 65534, 65535 };
	static const uint32_t segments[] = { 0, 1, 2, 5 };

	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t s = 0; s < COUNT(segments); s++)
			for (size_t k = 0; k < COUNT(starts); k++) {
				struct virtq_config c = config_that_fits(_i, sizes[i], segments[s]);
				struct virtq_layout l;

				if (virtq_layout(&c, &l))
					continue;
				/*
				 * One start index and one number of segments are enough for large
				 * rings.
				 */
				if (sizes[i] > 256 && (segments[s] != 1 || k != 4))
					continue;
				exercise(c, starts[k]);
			}
}
END_TEST

START_TEST(RING_4_indirect_descriptors_only_when_negotiated)
{
	const uint8_t *desc;

	/*
	 * The ring model complains if a chain is wrongly indirect; this test checks the descriptors
	 * themselves.
	 */
	start(config(_i, 16, 2));
	add_many(r.layout.slots);
	virtq_publish(&r.vq);
	desc = r.memory + r.layout.desc;
	for (unsigned int n = 0; n < r.layout.slots; n++, desc += 16) {
		uint16_t flags = (uint16_t)(desc[_i & PACKED ? 14 : 12] & 7);

		if (_i & INDIRECT)
			CHECK_EQ(flags, VRING_DESC_F_INDIRECT);
		else
			CHECK(!(flags & VRING_DESC_F_INDIRECT));
	}
}
END_TEST

START_TEST(PACK_5_nothing_but_WRITE_inside_an_indirect_table)
{
	int kind = PACKED | INDIRECT | (_i & 1 ? IN_ORDER : 0) | (_i & 2 ? EVENT_IDX : 0);
	const struct vring_packed_desc *desc;

	start(config(kind, 8, 3));
	for (uint32_t n = 0; n < 100; n++) {
		uint32_t data = n % 4, i;
		bool writes = n & 4;
		struct rig_request *q = add(data * PIECE, writes);

		desc = &((struct vring_packed_desc *)(r.memory + r.layout.desc))[n % 8];
		CHECK_EQ(le32toh(desc->len), 16 * (data + 2));
		desc = (const void *)&q->slot->chain[-1];
		for (i = 0; i < data + 2; i++)
			CHECK_EQ(le16toh(desc[i].flags),
				 i > data || (i && writes) ? VRING_DESC_F_WRITE : 0);
		virtq_publish(&r.vq);
		pop_all();
		push_all_and_flush();
		CHECK_EQ(take_all(), 1);
	}
	check_all_is_well();
}
END_TEST

START_TEST(pieces_cover_data_that_no_whole_number_of_them_makes)
{
	start(config(_i, 16, 4));
	for (uint32_t bytes = 1; bytes <= 4 * PIECE; bytes += 37)
		round_trip(bytes, bytes & 1);
	/* The piece size may be the largest possible length of a descriptor. */
	for (uint32_t bytes = 1; bytes <= 4 * PIECE; bytes += 37) {
		add_pieces(bytes, UINT32_MAX, bytes & 1);
		virtq_publish(&r.vq);
		CHECK_EQ(pop_all(), 1);
		push_all_and_flush();
		CHECK_EQ(take_all(), 1);
	}
	check_all_is_well();
}
END_TEST

START_TEST(one_slot_takes_requests_of_any_shape_in_turn)
{
	struct virtq_config c = config(_i, 16, 6);

	c.slots = 1;
	start_at(c, 65530);
	rng_state = 7;
	for (int i = 0; i < 3000; i++)
		round_trip(rng(7) * PIECE, rng(2));
	CHECK_EQ(r.vq.short_lengths, 0);
	check_all_is_well();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("virtq layout");
	TCase *tc = rig_tcase(suite, "layout");

	tcase_add_loop_test(tc, RING_1_every_part_is_aligned_in_every_geometry, 0, KINDS);
	tcase_add_loop_test(tc, layout_refuses_sizes_that_no_ring_has, 0, KINDS);
	tcase_add_loop_test(tc, layout_refuses_ends_that_no_request_has, 0, KINDS);
	tcase_add_loop_test(tc, layout_refuses_absurd_segment_counts, 0, KINDS);
	tcase_add_loop_test(tc, RING_3_layout_allows_no_chain_longer_than_the_queue, 0, KINDS);
	tcase_add_loop_test(tc, layout_refuses_more_slots_than_fit, 0, KINDS);
	tcase_add_loop_test(tc, state_memory_is_enough_and_kept_to, 0, KINDS);
	tcase_add_loop_test(tc, init_touches_no_device_memory, 0, KINDS);
	tcase_add_loop_test(tc, format_and_use_touch_nothing_around_the_queue, 0, KINDS);
	tcase_add_loop_test(tc, SPLIT_3_PACK_3_format_leaves_an_empty_queue, 0, KINDS);
	tcase_add_loop_test(tc, descriptors_name_the_queue_by_its_iova, 0, KINDS);

	tc = rig_tcase(suite, "shapes");
	tcase_add_loop_test(tc, RING_2_3_4_requests_have_their_shape_in_rings_of_every_size, 0,
			    KINDS);
	tcase_add_loop_test(tc, RING_4_indirect_descriptors_only_when_negotiated, 0, KINDS);
	tcase_add_loop_test(tc, PACK_5_nothing_but_WRITE_inside_an_indirect_table, 0, 4);
	tcase_add_loop_test(tc, pieces_cover_data_that_no_whole_number_of_them_makes, 0, KINDS);
	tcase_add_loop_test(tc, one_slot_takes_requests_of_any_shape_in_turn, 0, KINDS);
	return unit_main(suite);
}
