/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the two layouts (split.c, packed.c) that ring.c calls, and functions of ring.c that
 * the layouts call. Both layouts have the same functions; ring.h documents them at the functions of
 * ring.c that call them.
 */
#ifndef T_RING_MODEL_LAYOUTS_H
#define T_RING_MODEL_LAYOUTS_H

#include <endian.h>
#include <stdatomic.h>

#include "t/ring-model/ring.h"

#define DEVRING_DESC_FLAGS (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)

/* Access to the fields that both sides access at the same time. All of them are 16 bits wide. */
#define load16(p, order) le16toh(atomic_load_explicit((_Atomic uint16_t *)(p), order))
#define store16(p, v, order) \
	atomic_store_explicit((_Atomic uint16_t *)(p), htole16((uint16_t)(v)), order)

/* Record the duty that was broken, unless a complaint is recorded already. Returns -1. */
__attribute__((format(printf, 2, 3))) int devring_complain(struct devring *ring, const char *fmt,
							   ...);

/*
 * Add one descriptor that describes data to @out. @what and @index say in complaints where the
 * descriptor was.
 */
int devring_add_segment(struct devring *ring, struct devring_chain *out, const char *what,
			unsigned int index, uint64_t iova, uint32_t len, uint16_t flags);

/*
 * Check the descriptor that refers to an indirect table, by the rules common to both layouts.
 * Returns the table, or NULL after a complaint.
 */
void *devring_indirect_table(struct devring *ring, struct devring_chain *out, unsigned int index,
			     uint64_t iova, uint32_t len, uint16_t flags);

/* Return true if @event is among the @n positions before @end, all modulo @modulus. */
bool devring_passed(uint32_t event, uint32_t end, uint32_t n, uint32_t modulus);

int devring_split_set_base(struct devring *ring, uint32_t base);
uint32_t devring_split_base(const struct devring *ring);
bool devring_split_available(const struct devring *ring);
int devring_split_pop(struct devring *ring, struct devring_chain *out);
/* Release the descriptors held for @id. @id is in use: the slot of this number is marked busy. */
void devring_split_release(struct devring *ring, uint16_t id);
/* Write one used element, and advance the used position by @steps. */
void devring_split_write_used(struct devring *ring, uint32_t id, uint32_t len, unsigned int steps);
void devring_split_publish(struct devring *ring);
/* Return true if the driver requests a notification for the last @n steps of the used position. */
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
