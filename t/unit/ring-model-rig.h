/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the tests of the ring model: queue memory that the tests write by hand. */
#ifndef T_UNIT_RING_MODEL_RIG_H
#define T_UNIT_RING_MODEL_RIG_H

#include "t/ring-model/ring.h"
#include "t/unit/unit.h"

#define SIZE   8
#define IOVA   0x100000000ULL
#define SHARED 65536u

#define NEXT	 VRING_DESC_F_NEXT
#define WRITE	 VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT
#define AVAIL	 (1 << VRING_PACKED_DESC_F_AVAIL)
#define USED	 (1 << VRING_PACKED_DESC_F_USED)
#define WRAP	 (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

extern struct split_memory {
	_Alignas(16) struct vring_desc desc[SIZE];
	_Alignas(4) uint16_t avail[2 + SIZE + 1];
	_Alignas(4) unsigned char used[4 + 8 * SIZE + 2];
} split;

extern struct packed_memory {
	_Alignas(16) struct vring_packed_desc desc[SIZE];
	_Alignas(4) struct vring_packed_desc_event driver, device;
} packed;

extern unsigned char shared[SHARED];
extern struct devring ring;
extern struct devring_chain chain;
/* Set by tests of buffers longer than 4 GiB: translate() accepts any length at IOVA. */
extern bool boundless;

/* Return the configuration of a queue in the memory above, with INDIRECT_DESC negotiated. */
struct devring_config config(enum devring_layout layout);
void start(enum devring_layout layout, bool event_idx, bool in_order);
void teardown(void);

/* The driver's side of a split ring: functions that write and check single fields. */
void put_split(unsigned int i, uint64_t iova, uint32_t len, uint16_t flags, uint16_t next);
void put_table(unsigned int i, uint64_t iova, uint32_t len, uint16_t flags, uint16_t next);
void set_avail_flags(uint16_t flags);
void set_avail_idx(uint16_t idx);
void set_used_event(uint16_t event);
void offer_split(uint16_t head);
uint16_t used16(unsigned int offset);
void expect_used(unsigned int pos, uint32_t id, uint32_t len);
uint16_t used_idx(void);
uint16_t avail_event(void);

/* The driver's side of a packed ring: functions that write and check single fields. */
void put_packed(unsigned int i, uint64_t iova, uint32_t len, uint16_t id, uint16_t flags);
void expect_packed(unsigned int i, uint16_t id, uint32_t len, uint16_t flags);
void set_driver_event(uint16_t off_wrap, uint16_t flags);

void pop_ok(uint16_t id, uint16_t ndesc, unsigned int nsegs);
void pop_none(void);
/* Expect devring_pop() to fail with a complaint that begins with @rule, and to fail again. */
void pop_complains(const char *rule);

#endif
