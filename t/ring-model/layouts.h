/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ring.c takes from the two layouts (split.c, packed.c), and what they take from ring.c. Both
 * layouts have the same functions; ring.h documents them where ring.c calls them.
 */
#ifndef T_RING_MODEL_LAYOUTS_H
#define T_RING_MODEL_LAYOUTS_H

#include <endian.h>
#include <stdatomic.h>

#include "t/ring-model/ring.h"

#define DEVRING_DESC_FLAGS (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)

/* The fields that both sides access at the same time. All of them are 16 bits wide. */
#define load16(p, order) le16toh(atomic_load_explicit((_Atomic uint16_t *)(p), order))
#define store16(p, v, order) \
	atomic_store_explicit((_Atomic uint16_t *)(p), htole16((uint16_t)(v)), order)

/* Writes down the duty that was broken, unless there is one already. Returns -1. */
__attribute__((format(printf, 2, 3))) int devring_complain(struct devring *ring, const char *fmt,
							   ...);

/* One descriptor that describes data. @what and @index say where it was, for the complaint. */
int devring_add_segment(struct devring *ring, struct devring_chain *out, const char *what,
			unsigned int index, uint64_t iova, uint32_t len, uint16_t flags);

/* What holds for the descriptor that refers to a table in both layouts. NULL after a complaint. */
void *devring_indirect_table(struct devring *ring, struct devring_chain *out, unsigned int index,
			     uint64_t iova, uint32_t len, uint16_t flags);

/* Is @event among the @n positions before @end? All count modulo @modulus. */
bool devring_passed(uint32_t event, uint32_t end, uint32_t n, uint32_t modulus);

int devring_split_set_base(struct devring *ring, uint32_t base);
uint32_t devring_split_base(const struct devring *ring);
bool devring_split_available(const struct devring *ring);
int devring_split_pop(struct devring *ring, struct devring_chain *out);
/* Forgets what was held for @id, which is one that was popped. */
void devring_split_release(struct devring *ring, uint16_t id);
/* @steps: how far the used position moves on. */
void devring_split_write_used(struct devring *ring, uint32_t id, uint32_t len, unsigned int steps);
void devring_split_publish(struct devring *ring);
/* @n: published since the driver was asked last; in steps of the used position. */
bool devring_split_must_signal(struct devring *ring, unsigned int n);
void devring_split_want_kicks(struct devring *ring, bool want);

int devring_packed_set_base(struct devring *ring, uint32_t base);
uint32_t devring_packed_base(const struct devring *ring);
bool devring_packed_available(const struct devring *ring);
int devring_packed_pop(struct devring *ring, struct devring_chain *out);
void devring_packed_release(struct devring *ring, uint16_t id);
void devring_packed_write_used(struct devring *ring, uint32_t id, uint32_t len, unsigned int steps);
void devring_packed_publish(struct devring *ring);
bool devring_packed_must_signal(struct devring *ring, unsigned int n);
void devring_packed_want_kicks(struct devring *ring, bool want);

#endif
