/* SPDX-License-Identifier: GPL-2.0-only */
/* Queue memory that the tests write by hand, and checks of its contents. */
#include <endian.h>
#include <string.h>

#include "t/unit/ring-model-rig.h"

struct split_memory split;

struct packed_memory packed;

_Alignas(16) unsigned char shared[SHARED];
struct devring ring;
struct devring_chain chain;

bool boundless;

static void *translate(void *ctx, uint64_t iova, uint32_t len)
{
	ck_assert_ptr_eq(ctx, shared);
	if (boundless && iova == IOVA)
		return shared;
	if (iova < IOVA || iova - IOVA > SHARED || len > SHARED - (iova - IOVA))
		return NULL;
	return shared + (iova - IOVA);
}

struct devring_config config(enum devring_layout layout)
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

void start(enum devring_layout layout, bool event_idx, bool in_order)
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

void teardown(void)
{
	devring_fini(&ring);
}

void put_split(unsigned int i, uint64_t iova, uint32_t len, uint16_t flags, uint16_t next)
{
	split.desc[i].addr = htole64(iova);
	split.desc[i].len = htole32(len);
	split.desc[i].flags = htole16(flags);
	split.desc[i].next = htole16(next);
}

void put_table(unsigned int i, uint64_t iova, uint32_t len, uint16_t flags, uint16_t next)
{
	struct vring_desc d = {
		.addr = htole64(iova),
		.len = htole32(len),
		.flags = htole16(flags),
		.next = htole16(next),
	};

	memcpy(shared + 16 * i, &d, sizeof(d));
}

void set_avail_flags(uint16_t flags)
{
	split.avail[0] = htole16(flags);
}

void set_avail_idx(uint16_t idx)
{
	split.avail[1] = htole16(idx);
}

void set_used_event(uint16_t event)
{
	split.avail[2 + SIZE] = htole16(event);
}

void offer_split(uint16_t head)
{
	uint16_t idx = le16toh(split.avail[1]);

	split.avail[2 + idx % SIZE] = htole16(head);
	set_avail_idx((uint16_t)(idx + 1));
}

uint16_t used16(unsigned int offset)
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

void expect_used(unsigned int pos, uint32_t id, uint32_t len)
{
	ck_assert_uint_eq(used32(4 + 8 * pos), id);
	ck_assert_uint_eq(used32(4 + 8 * pos + 4), len);
}

uint16_t used_idx(void)
{
	return used16(2);
}

uint16_t avail_event(void)
{
	return used16(4 + 8 * SIZE);
}

void put_packed(unsigned int i, uint64_t iova, uint32_t len, uint16_t id, uint16_t flags)
{
	packed.desc[i].addr = htole64(iova);
	packed.desc[i].len = htole32(len);
	packed.desc[i].id = htole16(id);
	packed.desc[i].flags = htole16(flags);
}

void expect_packed(unsigned int i, uint16_t id, uint32_t len, uint16_t flags)
{
	ck_assert_uint_eq(le16toh(packed.desc[i].id), id);
	ck_assert_uint_eq(le32toh(packed.desc[i].len), len);
	ck_assert_uint_eq(le16toh(packed.desc[i].flags), flags);
}

void set_driver_event(uint16_t off_wrap, uint16_t flags)
{
	packed.driver.off_wrap = htole16(off_wrap);
	packed.driver.flags = htole16(flags);
}

void pop_ok(uint16_t id, uint16_t ndesc, unsigned int nsegs)
{
	int ret = devring_pop(&ring, &chain);

	ck_assert_msg(ret == 1, "devring_pop() returned %d: %s", ret, ring.complaint);
	ck_assert_uint_eq(chain.id, id);
	ck_assert_uint_eq(chain.ndesc, ndesc);
	ck_assert_uint_eq(chain.nsegs, nsegs);
}

void pop_none(void)
{
	ck_assert_int_eq(devring_pop(&ring, &chain), 0);
	ck_assert_str_eq(ring.complaint, "");
}

void pop_complains(const char *rule)
{
	ck_assert_int_eq(devring_pop(&ring, &chain), -1);
	ck_assert_msg(!strncmp(ring.complaint, rule, strlen(rule)),
		      "the complaint is '%s', not '%s...'", ring.complaint, rule);
	ck_assert_int_eq(devring_pop(&ring, &chain), -1);
}
