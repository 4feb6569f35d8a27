/* SPDX-License-Identifier: GPL-2.0-only */
/* The test device itself, against queue memory written by hand. */
#include <check.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "device-fault.h"
#include "device-ring.h"

#define SIZE   8
#define IOVA   0x100000000ULL
#define SHARED 65536u

#define NEXT	 VRING_DESC_F_NEXT
#define WRITE	 VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT
#define AVAIL	 (1 << VRING_PACKED_DESC_F_AVAIL)
#define USED	 (1 << VRING_PACKED_DESC_F_USED)
#define WRAP	 (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

static struct {
	_Alignas(16) struct vring_desc desc[SIZE];
	_Alignas(4) uint16_t avail[2 + SIZE + 1];
	_Alignas(4) unsigned char used[4 + 8 * SIZE + 2];
} split;

static struct {
	_Alignas(16) struct vring_packed_desc desc[SIZE];
	_Alignas(4) struct vring_packed_desc_event driver, device;
} packed;

static _Alignas(16) unsigned char shared[SHARED];
static struct devring ring;
static struct devring_chain chain;

/* A caller that wants a length past 4 GiB to be fine says so. */
static bool boundless;

static void *translate(void *ctx, uint64_t iova, uint32_t len)
{
	ck_assert_ptr_eq(ctx, shared);
	if (boundless && iova == IOVA)
		return shared;
	if (iova < IOVA || iova - IOVA > SHARED || len > SHARED - (iova - IOVA))
		return NULL;
	return shared + (iova - IOVA);
}

static struct devring_config config(enum devring_layout layout)
{
	bool is_split = layout == DEVRING_SPLIT;
	struct devring_config cfg = {
		.layout = layout,
		.size = SIZE,
		.desc = is_split ? (void *)split.desc : (void *)packed.desc,
		.driver_area = is_split ? (void *)split.avail : (void *)&packed.driver,
		.device_area = is_split ? (void *)split.used : (void *)&packed.device,
		.indirect = true,
		.translate = translate,
		.translate_ctx = shared,
	};

	return cfg;
}

static void start(enum devring_layout layout, bool event_idx, bool in_order)
{
	struct devring_config cfg = config(layout);

	cfg.event_idx = event_idx;
	cfg.in_order = in_order;
	memset(&split, 0, sizeof(split));
	memset(&packed, 0, sizeof(packed));
	memset(shared, 0, sizeof(shared));
	boundless = false;
	devring_fini(&ring);
	ck_assert_int_eq(devring_init(&ring, &cfg), 0);
}

static void teardown(void)
{
	devring_fini(&ring);
}

/* Driver side, split: every field by hand. */

static void put_split(unsigned int i, uint64_t iova, uint32_t len, uint16_t flags, uint16_t next)
{
	split.desc[i].addr = htole64(iova);
	split.desc[i].len = htole32(len);
	split.desc[i].flags = htole16(flags);
	split.desc[i].next = htole16(next);
}

static void put_table(unsigned int i, uint64_t iova, uint32_t len, uint16_t flags, uint16_t next)
{
	struct vring_desc d = {
		.addr = htole64(iova),
		.len = htole32(len),
		.flags = htole16(flags),
		.next = htole16(next),
	};

	memcpy(shared + 16 * i, &d, sizeof(d));
}

static void set_avail_flags(uint16_t flags)
{
	split.avail[0] = htole16(flags);
}

static void set_avail_idx(uint16_t idx)
{
	split.avail[1] = htole16(idx);
}

static void set_used_event(uint16_t event)
{
	split.avail[2 + SIZE] = htole16(event);
}

static void offer_split(uint16_t head)
{
	uint16_t idx = le16toh(split.avail[1]);

	split.avail[2 + idx % SIZE] = htole16(head);
	set_avail_idx((uint16_t)(idx + 1));
}

static uint16_t used16(unsigned int offset)
{
	uint16_t v;

	memcpy(&v, split.used + offset, sizeof(v));
	return le16toh(v);
}

static uint32_t used32(unsigned int offset)
{
	uint32_t v;

	memcpy(&v, split.used + offset, sizeof(v));
	return le32toh(v);
}

static void expect_used(unsigned int pos, uint32_t id, uint32_t len)
{
	ck_assert_uint_eq(used32(4 + 8 * pos), id);
	ck_assert_uint_eq(used32(4 + 8 * pos + 4), len);
}

static uint16_t used_idx(void)
{
	return used16(2);
}

static uint16_t avail_event(void)
{
	return used16(4 + 8 * SIZE);
}

/* Driver side, packed. @bits are the AVAIL and USED bits. */

static void put_packed(unsigned int i, uint64_t iova, uint32_t len, uint16_t id, uint16_t flags)
{
	packed.desc[i].addr = htole64(iova);
	packed.desc[i].len = htole32(len);
	packed.desc[i].id = htole16(id);
	packed.desc[i].flags = htole16(flags);
}

static void expect_packed(unsigned int i, uint16_t id, uint32_t len, uint16_t flags)
{
	ck_assert_uint_eq(le16toh(packed.desc[i].id), id);
	ck_assert_uint_eq(le32toh(packed.desc[i].len), len);
	ck_assert_uint_eq(le16toh(packed.desc[i].flags), flags);
}

static void set_driver_event(uint16_t off_wrap, uint16_t flags)
{
	packed.driver.off_wrap = htole16(off_wrap);
	packed.driver.flags = htole16(flags);
}

static void pop_ok(uint16_t id, uint16_t ndesc, unsigned int nsegs)
{
	int ret = devring_pop(&ring, &chain);

	ck_assert_msg(ret == 1, "pop said %d: %s", ret, ring.complaint);
	ck_assert_uint_eq(chain.id, id);
	ck_assert_uint_eq(chain.ndesc, ndesc);
	ck_assert_uint_eq(chain.nsegs, nsegs);
}

static void pop_none(void)
{
	ck_assert_int_eq(devring_pop(&ring, &chain), 0);
	ck_assert_str_eq(ring.complaint, "");
}

/* Expects a complaint that begins with @rule, and that it sticks. */
static void pop_complains(const char *rule)
{
	ck_assert_int_eq(devring_pop(&ring, &chain), -1);
	ck_assert_msg(!strncmp(ring.complaint, rule, strlen(rule)), "it says '%s', not '%s...'",
		      ring.complaint, rule);
	ck_assert_int_eq(devring_pop(&ring, &chain), -1);
}

START_TEST(init_complains)
{
	struct devring_config cfg = config(DEVRING_SPLIT);

	cfg.size = 6;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "power of 2"));
	cfg.size = 65536;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	cfg.size = 0;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);

	cfg = config(DEVRING_SPLIT);
	cfg.desc = (char *)cfg.desc + 8;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: descriptor area"));
	cfg = config(DEVRING_SPLIT);
	cfg.driver_area = (char *)cfg.driver_area + 1;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: driver area"));
	cfg = config(DEVRING_SPLIT);
	cfg.device_area = (char *)cfg.device_area + 2;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: device area"));
	cfg = config(DEVRING_PACKED);
	cfg.driver_area = (char *)cfg.driver_area + 2;
	ck_assert_int_eq(devring_init(&ring, &cfg), -1);
	ck_assert_ptr_nonnull(strstr(ring.complaint, "RING-1: driver area"));

	/* A packed ring's size is free. */
	cfg = config(DEVRING_PACKED);
	cfg.size = 6;
	ck_assert_int_eq(devring_init(&ring, &cfg), 0);
	ck_assert_uint_eq(devring_base(&ring), 0x80008000);
	ck_assert_int_eq(devring_set_base(&ring, 6), -1);
}
END_TEST

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

	/* Given back, so it may be used again. */
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
	/* A chain may end in an INDIRECT descriptor; WRITE on that one is ignored. */
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
	/* Down again, though not below what was popped. */
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

	/* A head, and a later descriptor, of a buffer that the device holds. */
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
	/* Three buffers, one entry: at the first of the three positions. */
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
	/* Without EVENT_IDX the event index means nothing. */
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
	/* Entries 0xfff0..0xfff3 are published. */
	set_used_event(0xffef);
	use_split(4);
	ck_assert(!devring_must_signal(&ring));
	/* Asked for too late: it was among the entries of the last call. */
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
	/* Across the end: 0xfff8..0x0007, asked for 0x0007 and 0x0008. */
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
	/* The flags mean nothing to signalling then, 65536 entries hold every index. */
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

	/* Out of order; the batch's first flags are held back, the others are not. */
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
	/* A list over the ring's end: the wrap counter is 0 for what comes after. */
	put_packed(0, IOVA, 4, 1, WRITE | USED);
	put_packed(7, IOVA, 4, 0, NEXT | AVAIL);
	pop_ok(1, 2, 2);
	ck_assert_uint_eq(devring_base(&ring), 0x80070001);
	/* What is available in this lap looked used in the last. */
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
	/* A packed entry's id (ignored) and flags lie where the split one's flags and next do. */
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

	/* All the ring is held, then the next lap's first descriptor appears. */
	start(DEVRING_PACKED, false, false);
	for (i = 0; i < SIZE; i++) {
		put_packed(i, IOVA, 1, (uint16_t)i, AVAIL);
		pop_ok((uint16_t)i, 1, 1);
	}
	put_packed(0, IOVA, 1, 0, USED);
	pop_complains("PACK-2");
	/* A list without end. */
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

	/* In a packed table the 16 bits at the end are the flags. */
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
	/* An offset that a buffer's list passes over. */
	set_driver_event(6 | WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(3); /* 5..7 */
	ck_assert(devring_must_signal(&ring));
	/* The same offset, but of which lap? */
	set_driver_event(1 | WRAP, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(2); /* 0..1, wrap 0 */
	ck_assert(!devring_must_signal(&ring));
	set_driver_event(2, VRING_PACKED_EVENT_FLAG_DESC);
	use_packed(1);
	ck_assert(devring_must_signal(&ring));
	/* Both the last of one lap and the first of the next, in one batch over the end. */
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

START_TEST(faults)
{
	start(DEVRING_SPLIT, true, false);
	devfault_write_used(&ring, SIZE + 1, 0xdeadbeef, 7);
	expect_used(1, 0xdeadbeef, 7);
	ck_assert_uint_eq(used_idx(), 0);
	devfault_jump_used(&ring, 300);
	ck_assert_uint_eq(used_idx(), 300);
	devfault_go_back(&ring, 301);
	ck_assert_uint_eq(used_idx(), 0xffff);
	devfault_garbage_event(&ring, 0xabcd, 0x1234);
	ck_assert_uint_eq(used16(0), 0xabcd);
	ck_assert_uint_eq(avail_event(), 0x1234);

	start(DEVRING_PACKED, false, false);
	devring_set_base(&ring, 0x80078007);
	devfault_jump_used(&ring, 2);
	expect_packed(7, 0, 0, AVAIL | USED);
	expect_packed(0, 0, 0, 0);
	devring_set_base(&ring, 0x00010001);
	devfault_go_back(&ring, 2);
	expect_packed(0, 0, 0, AVAIL | USED);
	expect_packed(7, 0, 0, 0);
	devfault_flip_wrap(&ring, false, true);
	ck_assert_uint_eq(devring_base(&ring), 0x80010001);
	devfault_flip_wrap(&ring, true, false);
	ck_assert_uint_eq(devring_base(&ring), 0x80018001);
	devfault_write_used(&ring, 2, 0x1ffff, 9);
	expect_packed(2, 0xffff, 9, 0);
	devfault_garbage_event(&ring, 0xabcd, 0x1234);
	ck_assert_uint_eq(le16toh(packed.device.flags), 0xabcd);
	ck_assert_uint_eq(le16toh(packed.device.off_wrap), 0x1234);
}
END_TEST

/* Ids that were never popped must not upset the bookkeeping of those that were. */
START_TEST(push_of_strange_ids)
{
	start(DEVRING_SPLIT, false, false);
	put_split(0, IOVA, 1, NEXT, 1);
	put_split(1, IOVA, 1, 0, 0);
	offer_split(0);
	pop_ok(0, 2, 2);
	devring_push(&ring, 1, 0, 1);
	devring_push(&ring, SIZE, 0, 1);
	devring_push(&ring, UINT32_MAX, 0, 1);
	ck_assert_uint_eq(ring.held, 2);
	devring_push(&ring, 0, 0, 2);
	devring_push(&ring, 0, 0, 2);
	ck_assert_uint_eq(ring.held, 0);
	devring_flush(&ring);
	ck_assert_uint_eq(used_idx(), 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-ring");
	TCase *tcase = tcase_create("device-ring");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, init_complains);
	tcase_add_test(tcase, split_chain);
	tcase_add_test(tcase, split_indices_wrap);
	tcase_add_test(tcase, split_indirect);
	tcase_add_test(tcase, split_complaints);
	tcase_add_test(tcase, split_long_is_fine);
	tcase_add_test(tcase, split_indirect_complaints);
	tcase_add_test(tcase, split_in_order);
	tcase_add_test(tcase, split_signal_flags);
	tcase_add_test(tcase, split_signal_event_idx);
	tcase_add_test(tcase, split_kicks);
	tcase_add_test(tcase, packed_chain);
	tcase_add_test(tcase, packed_wraps);
	tcase_add_test(tcase, packed_indirect);
	tcase_add_test(tcase, packed_complaints);
	tcase_add_test(tcase, packed_indirect_complaints);
	tcase_add_test(tcase, packed_in_order);
	tcase_add_test(tcase, packed_signal);
	tcase_add_test(tcase, packed_kicks);
	tcase_add_test(tcase, faults);
	tcase_add_test(tcase, push_of_strange_ids);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
