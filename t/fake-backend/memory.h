/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory a front-end shares, and the messages about it. */
#ifndef T_FAKE_BACKEND_MEMORY_H
#define T_FAKE_BACKEND_MEMORY_H

#include "t/fake-backend/wire.h"

/**
 * fake_translate - find shared memory
 * @fake: back-end
 * @address: of the first byte
 * @len: bytes that must be in one region
 * @user: @address is a user address, as those of rings are; else a guest address, as those in
 *	descriptors are
 *
 * Returns NULL if the bytes are not shared.
 */
void *fake_translate(struct fake *fake, uint64_t address, uint64_t len, bool user);

/**
 * fake_forget_memory - unmap all regions
 * @fake: back-end
 */
void fake_forget_memory(struct fake *fake);

/**
 * fake_shrink_memory - cut all regions off to nothing
 * @fake: back-end with --shrink-memory; ends where that works, since it cannot touch them either
 */
void fake_shrink_memory(struct fake *fake);

/* Messages: 0, or 1 for a refusal. */
uint64_t fake_set_mem_table(struct fake *fake, struct fake_message *msg);
uint64_t fake_get_max_mem_slots(struct fake *fake, struct fake_message *msg);
uint64_t fake_add_mem_reg(struct fake *fake, struct fake_message *msg);
uint64_t fake_rem_mem_reg(struct fake *fake, struct fake_message *msg);

#endif
