/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring model on a packed ring. */
#include <endian.h>
#include <string.h>

#include "t/unit/ring-model-rig.h"

START_TEST(packed_chain)
{
	start(DEVRING_PACKED, false, false);
	pop_none();
	put_packed(1, IOVA + 512, 1024, 0, WRITE | NEXT | AVAIL);
	put_packed(2, IOVA + 4096, 1, 3, WRITE | AVAIL);
	pop_none();
	put_packed(0, IOVA, 16, 0xffff, NEXT | AVAIL);
	put_packed(3, IOVA, 8, 7, AVAIL);
	ck_assert(devring_available(&ring));
	pop_ok(3, 3, 3);
	ck_assert_uint_eq(chain.nreadable, 1);
	ck_assert_uint_eq(chain.readable_bytes, 16);
	ck_assert_uint_eq(chain.writable_bytes, 1025);
	ck_assert_ptr_eq(chain.segs[2].ptr, shared + 4096);
	pop_ok(7, 1, 1);
	pop_none();
	ck_assert_uint_eq(devring_base(&ring), 0x80008004);

	/*
	 * The buffers are used out of order. Only the first descriptor of the batch gets its flags
	 * at the flush.
	 */
	devring_push(&ring, 7, 0, 1);
	devring_push(&ring, 3, 1025, 3);
	expect_packed(0, 7, 0, NEXT | AVAIL);
	expect_packed(1, 3, 1025, WRITE | AVAIL | USED);
	ck_assert(devring_flush(&ring));
	expect_packed(0, 7, 0, AVAIL | USED);
	ck_assert(!devring_flush(&ring));
	ck_assert_uint_eq(devring_base(&ring), 0x80048004);
}
END_TEST

START_TEST(packed_wraps)
{
	start(DEVRING_PACKED, false, false);
	ck_assert_int_eq(devring_set_base(&ring, 0x80078007), 0);
	/* A list across the end of the ring: the wrap counter is 0 after the end. */
	put_packed(0, IOVA, 4, 1, WRITE | USED);
	put_packed(7, IOVA, 4, 0, NEXT | AVAIL);
	pop_ok(1, 2, 2);
	ck_assert_uint_eq(devring_base(&ring), 0x80070001);
	/* In this pass, whose wrap counter is 0, USED without AVAIL marks an available descriptor.
	 */
	put_packed(1, IOVA, 4, 2, AVAIL);
	pop_none();
	put_packed(1, IOVA, 4, 2, USED);
	pop_ok(2, 1, 1);
	devring_push(&ring, 1, 4, 2);
	devring_push(&ring, 2, 0, 1);
	devring_flush(&ring);
	expect_packed(7, 1, 4, WRITE | AVAIL | USED);
	expect_packed(1, 2, 0, 0);
	ck_assert_uint_eq(devring_base(&ring), 0x00020002);
}
END_TEST

START_TEST(packed_indirect)
{
	start(DEVRING_PACKED, false, false);
	/*
	 * In an entry of a packed table the id (ignored) and the flags lie where a split table has
	 * the flags and next.
	 */
	put_table(0, IOVA + 1024, 16, 99, 0);
	put_table(1, IOVA + 2048, 512, 99, WRITE);
	put_table(2, IOVA + 4096, 1, 99, WRITE);
	put_packed(0, IOVA, 48, 6, INDIRECT | AVAIL);
	pop_ok(6, 1, 3);
	ck_assert(chain.indirect);
	ck_assert_uint_eq(chain.nreadable, 1);
	ck_assert_uint_eq(chain.writable_bytes, 513);
}
END_TEST

START_TEST(packed_complaints)
{
	unsigned int i;

	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 1, 0, NEXT | AVAIL);
	put_packed(1, IOVA, 1, 0, 0);
	pop_complains("PACK-1");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 1, SIZE, AVAIL);
	pop_complains("id: buffer id");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 1, 4, AVAIL);
	put_packed(1, IOVA, 1, 4, AVAIL);
	pop_ok(4, 1, 1);
	pop_complains("RING-5: buffer id 4");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 1, 0, WRITE | NEXT | AVAIL);
	put_packed(1, IOVA, 1, 0, AVAIL);
	pop_complains("RING-2");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 0, 0, AVAIL);
	pop_complains("length");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 1, 0, AVAIL | 1 << 3);
	pop_complains("flags");
	start(DEVRING_PACKED, false, false);
	put_packed(0, 0, 1, 0, AVAIL);
	pop_complains("address");

	/* All descriptors are held, and the first descriptor of the next pass becomes available. */
	start(DEVRING_PACKED, false, false);
	for (i = 0; i < SIZE; i++) {
		put_packed(i, IOVA, 1, (uint16_t)i, AVAIL);
		pop_ok((uint16_t)i, 1, 1);
	}
	put_packed(0, IOVA, 1, 0, USED);
	pop_complains("PACK-2");
	/* A list without an end. */
	start(DEVRING_PACKED, false, false);
	for (i = 0; i < SIZE; i++)
		put_packed(i, IOVA, 1, 0, NEXT | AVAIL);
	pop_complains("PACK-1");

	start(DEVRING_PACKED, false, false);
	set_driver_event(0, VRING_PACKED_EVENT_FLAG_DESC);
	pop_complains("PACK-4");
	start(DEVRING_PACKED, true, false);
	set_driver_event(0, 3);
	pop_complains("PACK-4");
	start(DEVRING_PACKED, true, false);
	set_driver_event(SIZE | WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	pop_complains("PACK-4");
	start(DEVRING_PACKED, true, false);
	set_driver_event(SIZE, VRING_PACKED_EVENT_FLAG_ENABLE);
	pop_none();
}
END_TEST

START_TEST(packed_indirect_complaints)
{
	unsigned int i;

	start(DEVRING_PACKED, false, false);
	ring.cfg.indirect = false;
	put_packed(0, IOVA, 16, 0, INDIRECT | AVAIL);
	pop_complains("RING-4: descriptor 0 is INDIRECT");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 16, 0, INDIRECT | NEXT | AVAIL);
	put_packed(1, IOVA, 16, 0, AVAIL);
	pop_complains("RING-4: descriptor 0 has both");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 16, 0, NEXT | AVAIL);
	put_packed(1, IOVA, 16, 0, INDIRECT | AVAIL);
	pop_complains("RING-4: descriptor 1 of a list");
	start(DEVRING_PACKED, false, false);
	put_packed(0, IOVA, 17, 0, INDIRECT | AVAIL);
	pop_complains("RING-4: indirect table of descriptor 0 has 17 bytes");

	/* In an entry of a packed table the last 16 bits are the flags. */
	for (i = 0; i < 16; i++) {
		struct vring_packed_desc d = {
			.addr = htole64(IOVA),
			.len = htole32(1),
			.flags = htole16((uint16_t)(1 << i)),
		};

		start(DEVRING_PACKED, false, false);
		memcpy(shared, &d, sizeof(d));
		put_packed(0, IOVA, 16, 0, INDIRECT | AVAIL);
		if (1 << i == WRITE)
			pop_ok(0, 1, 1);
		else
			pop_complains(1 << i == INDIRECT ? "RING-4: indirect" : "PACK-5");
	}
}
END_TEST

START_TEST(packed_in_order)
{
	start(DEVRING_PACKED, false, true);
	put_packed(0, IOVA, 1, 0, NEXT | AVAIL);
	put_packed(1, IOVA, 1, 5, AVAIL);
	put_packed(2, IOVA, 1, 6, AVAIL);
	put_packed(3, IOVA, 1, 7, WRITE | AVAIL);
	pop_ok(5, 2, 2);
	pop_ok(6, 1, 1);
	pop_ok(7, 1, 1);
	devring_push_batch(&ring, 6, 0, 2);
	devring_push(&ring, 7, 1, 1);
	devring_flush(&ring);
	expect_packed(0, 6, 0, AVAIL | USED);
	expect_packed(1, 5, 1, AVAIL);
	expect_packed(3, 7, 1, WRITE | AVAIL | USED);
	ck_assert_uint_eq(devring_base(&ring), 0x80048004);
	put_packed(4, IOVA, 1, 5, AVAIL);
	pop_ok(5, 1, 1);
}
END_TEST

static void use_packed(unsigned int ndesc)
{
	devring_push(&ring, 0, 0, (uint16_t)ndesc);
	devring_flush(&ring);
}

/* The comments after use_packed() give the positions of the descriptors used. */
START_TEST(packed_signal)
{
	start(DEVRING_PACKED, true, false);
	ck_assert(!devring_must_signal(&ring));
	use_packed(1);
	ck_assert(devring_must_signal(&ring));
	set_driver_event(1 | WRAP, VRING_PACKED_EVENT_FLAG_DISABLE);
	use_packed(1);
	ck_assert(!devring_must_signal(&ring));
	set_driver_event(3 | WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(1); /* 2 */
	ck_assert(!devring_must_signal(&ring));
	use_packed(1); /* 3 */
	ck_assert(devring_must_signal(&ring));
	use_packed(1); /* 4 */
	ck_assert(!devring_must_signal(&ring));
	/* The event offset is in the middle of a buffer's list. */
	set_driver_event(6 | WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(3); /* 5..7 */
	ck_assert(devring_must_signal(&ring));
	/* The event offset is among the descriptors used, but its wrap counter does not match. */
	set_driver_event(1 | WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(2); /* 0..1, wrap 0 */
	ck_assert(!devring_must_signal(&ring));
	set_driver_event(2, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(1);
	ck_assert(devring_must_signal(&ring));
	/*
	 * The event is at position 0 of the next pass, which a batch across the end of the ring
	 * reaches.
	 */
	set_driver_event(0 | WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(4); /* 3..6 */
	ck_assert(!devring_must_signal(&ring));
	use_packed(2); /* 7, wrap 0; 0, wrap 1 */
	ck_assert(devring_must_signal(&ring));
	set_driver_event(0, 7);
	use_packed(1);
	ck_assert(devring_must_signal(&ring));
	ck_assert_ptr_nonnull(strstr(ring.complaint, "PACK-4"));
}
END_TEST

START_TEST(packed_kicks)
{
	start(DEVRING_PACKED, false, false);
	ck_assert(!devring_want_kicks(&ring, false));
	ck_assert_uint_eq(le16toh(packed.device.flags), VRING_PACKED_EVENT_FLAG_DISABLE);
	ck_assert(!devring_want_kicks(&ring, true));
	ck_assert_uint_eq(le16toh(packed.device.flags), VRING_PACKED_EVENT_FLAG_ENABLE);
	put_packed(0, IOVA, 1, 0, AVAIL);
	ck_assert(devring_want_kicks(&ring, true));

	start(DEVRING_PACKED, true, false);
	devring_set_base(&ring, 0x80078007);
	ck_assert(!devring_want_kicks(&ring, true));
	ck_assert_uint_eq(le16toh(packed.device.flags), VRING_PACKED_EVENT_FLAG_DESC);
	ck_assert_uint_eq(le16toh(packed.device.off_wrap), 0x8007);
	put_packed(7, IOVA, 1, 0, AVAIL);
	pop_ok(0, 1, 1);
	ck_assert(!devring_want_kicks(&ring, true));
	ck_assert_uint_eq(le16toh(packed.device.off_wrap), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ring-model-packed");
	TCase *tc = unit_tcase(suite, "ring-model-packed", NULL, teardown);

	tcase_add_test(tc, packed_chain);
	tcase_add_test(tc, packed_wraps);
	tcase_add_test(tc, packed_indirect);
	tcase_add_test(tc, packed_complaints);
	tcase_add_test(tc, packed_indirect_complaints);
	tcase_add_test(tc, packed_in_order);
	tcase_add_test(tc, packed_signal);
	tcase_add_test(tc, packed_kicks);
	return unit_main(suite);
}
