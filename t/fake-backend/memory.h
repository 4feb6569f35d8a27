/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory that a front-end shares, and the messages about memory. */
#ifndef T_FAKE_BACKEND_MEMORY_H
#define T_FAKE_BACKEND_MEMORY_H

#include "t/fake-backend/wire.h"

/**
 * fake_translate - translate an address in shared memory to a pointer
 * @fake: back-end
 * @address: address of the first byte
 * @len: number of bytes, which must be in one region
 * @user: @address is a user address (used for rings), not a guest address (used in descriptors)
 *
 * Return the pointer, or NULL if the bytes are not in shared memory.
 */
void *fake_translate(struct fake *fake, uint64_t address, uint64_t len, bool user);

/**
 * fake_forget_memory - unmap all regions
 * @fake: back-end
 */
void fake_forget_memory(struct fake *fake);

/**
 * fake_shrink_memory - truncate all shared memory to size 0
 * @fake: back-end with --shrink-memory
 *
 * If this succeeds, the process exits, because it cannot access the memory any more either.
 */
void fake_shrink_memory(struct fake *fake);

/* Message handlers. Return 0, or 1 to refuse the message. */
uint64_t fake_set_mem_table(struct fake *fake, struct fake_message *msg);
uint64_t fake_get_max_mem_slots(struct fake *fake, struct fake_message *msg);
uint64_t fake_add_mem_reg(struct fake *fake, struct fake_message *msg);
uint64_t fake_rem_mem_reg(struct fake *fake, struct fake_message *msg);

#endif
