/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring model on a split ring. */
#include <endian.h>
#include <string.h>

#include "t/unit/ring-model-rig.h"

START_TEST(split_chain)
{
	start(DEVRING_SPLIT, false, false);
	pop_none();
	ck_assert(!devring_available(&ring));

	put_split(5, IOVA, 16, NEXT, 2);
	put_split(2, IOVA + 512, 1024, NEXT | WRITE, 7);
	put_split(7, IOVA + 4096, 1, WRITE, 0xffff);
	offer_split(5);
	ck_assert(devring_available(&ring));
	pop_ok(5, 3, 3);
	ck_assert_uint_eq(chain.nreadable, 1);
	ck_assert_uint_eq(chain.readable_bytes, 16);
	ck_assert_uint_eq(chain.writable_bytes, 1025);
	ck_assert(!chain.indirect);
	ck_assert_ptr_eq(chain.segs[1].ptr, shared + 512);
	ck_assert_uint_eq(chain.segs[1].iova, IOVA + 512);
	ck_assert_uint_eq(chain.segs[1].len, 1024);
	ck_assert(!chain.segs[0].writable && chain.segs[1].writable && chain.segs[2].writable);
	pop_none();

	devring_push(&ring, 5, 1025, 3);
	expect_used(0, 5, 1025);
	ck_assert_uint_eq(used_idx(), 0);
	ck_assert(devring_flush(&ring));
	ck_assert_uint_eq(used_idx(), 1);
	ck_assert(!devring_flush(&ring));

	/* The chain was used, so its descriptors may be used again. */
	offer_split(5);
	pop_ok(5, 3, 3);
	ck_assert_uint_eq(devring_base(&ring), 2);
}
END_TEST

START_TEST(split_indices_wrap)
{
	unsigned int i;
	uint16_t idx = htole16(0xfffe);

	start(DEVRING_SPLIT, false, false);
	set_avail_idx(0xfffe);
	memcpy(split.used + 2, &idx, sizeof(idx));
	ck_assert_int_eq(devring_set_base(&ring, 0xfffe), 0);
	for (i = 0; i < 5; i++) {
		put_split(i, IOVA, 1, WRITE, 0);
		offer_split((uint16_t)i);
	}
	ck_assert_uint_eq(le16toh(split.avail[1]), 3);
	for (i = 0; i < 5; i++) {
		pop_ok((uint16_t)i, 1, 1);
		devring_push(&ring, i, i, 1);
	}
	pop_none();
	devring_flush(&ring);
	ck_assert_uint_eq(used_idx(), 3);
	expect_used(6, 0, 0);
	expect_used(7, 1, 1);
	expect_used(0, 2, 2);
	expect_used(2, 4, 4);
	ck_assert_uint_eq(devring_base(&ring), 3);
}
END_TEST

START_TEST(split_indirect)
{
	start(DEVRING_SPLIT, false, false);
	put_table(0, IOVA + 1024, 16, NEXT, 2);
	put_table(2, IOVA + 2048, 512, NEXT | WRITE, 1);
	put_table(1, IOVA + 4096, 1, WRITE, 0);
	/* A chain may end in an INDIRECT descriptor, whose WRITE flag is ignored. */
	put_split(0, IOVA + 8192, 4, NEXT, 1);
	put_split(1, IOVA, 48, INDIRECT | WRITE, 0);
	offer_split(0);
	pop_ok(0, 2, 4);
	ck_assert(chain.indirect);
	ck_assert_uint_eq(chain.nreadable, 2);
	ck_assert_uint_eq(chain.segs[2].len, 512);
	ck_assert_ptr_eq(chain.segs[3].ptr, shared + 4096);
}
END_TEST

START_TEST(split_complaints)
{
	unsigned int i;

	start(DEVRING_SPLIT, false, false);
	set_avail_flags(2);
	pop_complains("SPLIT-2");
	start(DEVRING_SPLIT, true, false);
	set_avail_flags(1);
	pop_complains("SPLIT-2");
	start(DEVRING_SPLIT, false, false);
	set_avail_flags(1);
	pop_none();

	start(DEVRING_SPLIT, false, false);
	set_avail_idx(SIZE + 1);
	pop_complains("SPLIT-1");
	/* The index goes back, though not below the index of the last pop. */
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, 0, 0);
	put_split(1, IOVA, 1, 0, 0);
	offer_split(0);
	offer_split(1);
	pop_ok(0, 1, 1);
	set_avail_idx(1);
	pop_complains("SPLIT-1");

	start(DEVRING_SPLIT, false, false);
	offer_split(SIZE);
	pop_complains("id: available head");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, NEXT, SIZE);
	offer_split(0);
	pop_complains("id: descriptor 0 has next");

	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, NEXT, 1);
	put_split(1, IOVA, 1, NEXT, 0);
	offer_split(0);
	pop_complains("RING-3: loop");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, NEXT, 0);
	offer_split(0);
	pop_complains("RING-3: loop");

	/* A chain that starts at, or contains, a descriptor of a buffer that the device holds. */
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, NEXT, 1);
	put_split(1, IOVA, 1, 0, 0);
	offer_split(0);
	offer_split(1);
	pop_ok(0, 2, 2);
	pop_complains("RING-5: head 1");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, 0, 0);
	put_split(1, IOVA, 1, NEXT, 0);
	offer_split(0);
	offer_split(1);
	pop_ok(0, 1, 1);
	pop_complains("RING-5: descriptor 0");

	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, WRITE | NEXT, 1);
	put_split(1, IOVA, 1, 0, 0);
	offer_split(0);
	pop_complains("RING-2");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 0, WRITE, 0);
	offer_split(0);
	pop_complains("length");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, 8, 0);
	offer_split(0);
	pop_complains("flags");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA + SHARED - 1, 2, 0, 0);
	offer_split(0);
	pop_complains("address: descriptor 0: 0x10000ffff + 0x2");
	start(DEVRING_SPLIT, false, false);
	boundless = true;
	for (i = 0; i < 3; i++)
		put_split(i, IOVA, 0x60000000, i < 2 ? NEXT : 0, (uint16_t)(i + 1));
	offer_split(0);
	pop_complains("RING-3: buffer is longer than 2^32");
}
END_TEST

START_TEST(split_long_is_fine)
{
	start(DEVRING_SPLIT, false, false);
	boundless = true;
	put_split(0, IOVA, 0x80000000, NEXT, 1);
	put_split(1, IOVA, 0x80000000, 0, 0);
	offer_split(0);
	pop_ok(0, 2, 2);
	ck_assert_uint_eq(chain.readable_bytes, 1ULL << 32);
}
END_TEST

START_TEST(split_indirect_complaints)
{
	unsigned int i;

	start(DEVRING_SPLIT, false, false);
	ring.cfg.indirect = false;
	put_split(0, IOVA, 16, INDIRECT, 0);
	offer_split(0);
	pop_complains("RING-4: descriptor 0 is INDIRECT");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 16, INDIRECT | NEXT, 1);
	offer_split(0);
	pop_complains("RING-4: descriptor 0 has both");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 24, INDIRECT, 0);
	offer_split(0);
	pop_complains("RING-4: indirect table of descriptor 0 has 24 bytes");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 0, INDIRECT, 0);
	offer_split(0);
	pop_complains("RING-4: indirect table of descriptor 0 has 0 bytes");
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA - 16, 16, INDIRECT, 0);
	offer_split(0);
	pop_complains("address: indirect table");

	start(DEVRING_SPLIT, false, false);
	put_table(0, IOVA, 16, INDIRECT, 0);
	put_split(0, IOVA, 16, INDIRECT, 0);
	offer_split(0);
	pop_complains("RING-4: indirect table entry 0 is INDIRECT");
	start(DEVRING_SPLIT, false, false);
	put_table(0, IOVA, 1, NEXT, 2);
	put_split(0, IOVA, 32, INDIRECT, 0);
	offer_split(0);
	pop_complains("id: indirect table entry 0 of 2 has next 2");
	start(DEVRING_SPLIT, false, false);
	put_table(0, IOVA, 1, NEXT, 1);
	put_table(1, IOVA, 1, NEXT, 0);
	put_split(0, IOVA, 32, INDIRECT, 0);
	offer_split(0);
	pop_complains("RING-3: loop in an indirect table");
	start(DEVRING_SPLIT, false, false);
	for (i = 0; i <= SIZE; i++)
		put_table(i, IOVA, 1, i < SIZE ? NEXT : 0, (uint16_t)(i + 1));
	put_split(0, IOVA, 16 * (SIZE + 1), INDIRECT, 0);
	offer_split(0);
	pop_complains("RING-3: buffer has more descriptors than the queue size");
	start(DEVRING_SPLIT, false, false);
	put_table(0, IOVA, 0, 0, 0);
	put_split(0, IOVA, 16, INDIRECT, 0);
	offer_split(0);
	pop_complains("length: indirect table entry 0");
}
END_TEST

START_TEST(split_in_order)
{
	unsigned int i;

	start(DEVRING_SPLIT, false, true);
	put_split(0, IOVA, 1, NEXT, 2);
	offer_split(0);
	pop_complains("RING-8: descriptor 0");
	start(DEVRING_SPLIT, false, true);
	put_table(0, IOVA, 1, NEXT, 2);
	put_split(0, IOVA, 48, INDIRECT, 0);
	offer_split(0);
	pop_complains("RING-8: indirect table entry 0");

	start(DEVRING_SPLIT, false, true);
	for (i = 0; i < SIZE; i += 2) {
		put_split(i, IOVA, 1, NEXT, (uint16_t)(i + 1));
		put_split(i + 1, IOVA, 1, WRITE, 0);
		offer_split((uint16_t)i);
		pop_ok((uint16_t)i, 2, 2);
	}
	/* One used element for three buffers, written at the first of their three positions. */
	devring_push_batch(&ring, 4, 9, 3);
	devring_push(&ring, 6, 1, 2);
	devring_flush(&ring);
	ck_assert_uint_eq(used_idx(), 4);
	expect_used(0, 4, 9);
	expect_used(1, 0, 0);
	expect_used(3, 6, 1);
	for (i = 0; i < SIZE; i += 2)
		offer_split((uint16_t)i);
	for (i = 0; i < SIZE; i += 2)
		pop_ok((uint16_t)i, 2, 2);
}
END_TEST

static void use_split(unsigned int n)
{
	while (n--)
		devring_push(&ring, 0, 0, 1);
	devring_flush(&ring);
}

START_TEST(split_signal_flags)
{
	start(DEVRING_SPLIT, false, false);
	ck_assert(!devring_must_signal(&ring));
	devring_push(&ring, 0, 0, 1);
	ck_assert(!devring_must_signal(&ring));
	devring_flush(&ring);
	ck_assert(devring_must_signal(&ring));
	ck_assert(!devring_must_signal(&ring));
	set_avail_flags(VRING_AVAIL_F_NO_INTERRUPT);
	/* Without EVENT_IDX the event index has no meaning. */
	set_used_event(1);
	use_split(1);
	ck_assert(!devring_must_signal(&ring));
	set_avail_flags(0);
	ck_assert(!devring_must_signal(&ring));
	use_split(1);
	ck_assert(devring_must_signal(&ring));
	set_avail_flags(3);
	use_split(1);
	ck_assert(devring_must_signal(&ring));
	ck_assert_ptr_nonnull(strstr(ring.complaint, "SPLIT-2"));
}
END_TEST

START_TEST(split_signal_event_idx)
{
	uint16_t idx = htole16(0xfff0);

	start(DEVRING_SPLIT, true, false);
	memcpy(split.used + 2, &idx, sizeof(idx));
	devring_set_base(&ring, 0xfff0);
	/* Entries 0xfff0 to 0xfff3 are published. */
	set_used_event(0xffef);
	use_split(4);
	ck_assert(!devring_must_signal(&ring));
	/* The event index is too late: its entry was covered by the last call. */
	set_used_event(0xfff3);
	ck_assert(!devring_must_signal(&ring));
	set_used_event(0xfff4);
	use_split(1);
	ck_assert(devring_must_signal(&ring));
	set_used_event(0xfff7);
	use_split(2);
	ck_assert(!devring_must_signal(&ring));
	use_split(1);
	ck_assert(devring_must_signal(&ring));
	/*
	 * Across the overflow: entries 0xfff8 to 0x0007 do not reach event index 8; entry 8 does.
	 */
	set_used_event(8);
	use_split(16);
	ck_assert(!devring_must_signal(&ring));
	use_split(1);
	ck_assert(devring_must_signal(&ring));
	set_used_event(0);
	use_split(0xfff6);
	ck_assert_uint_eq(used_idx(), 0xffff);
	ck_assert(!devring_must_signal(&ring));
	use_split(2);
	ck_assert(devring_must_signal(&ring));
	/* With EVENT_IDX the flags are ignored; 65536 entries include every index. */
	set_used_event(0x1234);
	use_split(65536);
	ck_assert(devring_must_signal(&ring));
}
END_TEST

START_TEST(split_kicks)
{
	start(DEVRING_SPLIT, false, false);
	ck_assert(!devring_want_kicks(&ring, false));
	ck_assert_uint_eq(used16(0), VRING_USED_F_NO_NOTIFY);
	ck_assert(!devring_want_kicks(&ring, true));
	ck_assert_uint_eq(used16(0), 0);
	put_split(0, IOVA, 1, 0, 0);
	offer_split(0);
	ck_assert(!devring_want_kicks(&ring, false));
	ck_assert(devring_want_kicks(&ring, true));

	start(DEVRING_SPLIT, true, false);
	put_split(0, IOVA, 1, 0, 0);
	offer_split(0);
	ck_assert(devring_want_kicks(&ring, true));
	ck_assert_uint_eq(avail_event(), 0);
	pop_ok(0, 1, 1);
	ck_assert(!devring_want_kicks(&ring, true));
	ck_assert_uint_eq(avail_event(), 1);
	ck_assert(!devring_want_kicks(&ring, false));
	ck_assert_uint_eq(used16(0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ring-model-split");
	TCase *tc = unit_tcase(suite, "ring-model-split", NULL, teardown);

	tcase_add_test(tc, split_chain);
	tcase_add_test(tc, split_indices_wrap);
	tcase_add_test(tc, split_indirect);
	tcase_add_test(tc, split_complaints);
	tcase_add_test(tc, split_long_is_fine);
	tcase_add_test(tc, split_indirect_complaints);
	tcase_add_test(tc, split_in_order);
	tcase_add_test(tc, split_signal_flags);
	tcase_add_test(tc, split_signal_event_idx);
	tcase_add_test(tc, split_kicks);
	return unit_main(suite);
}
