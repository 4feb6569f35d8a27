/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a request carries through the ring.
 *
 * Nearly always that is fio's io_u itself. Two rare kinds are marked in the pointer's lowest bits:
 * a request that is one of several that an io_u takes (split.c), and a command that somebody waits
 * for on the spot (command.c). As long as a queue has none of these outstanding (struct
 * vblk_queue's @tagged), what comes back is taken as it is.
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include <stdint.h>

struct io_u;
struct vblk_command;

enum context_kind {
	CONTEXT_IO_U = 0,
	CONTEXT_PART = 1,
	CONTEXT_COMMAND = 2,
};

#define CONTEXT_KIND_MASK ((uintptr_t)3)

static inline void *context_part(struct io_u *io_u)
{
	return (void *)((uintptr_t)io_u | CONTEXT_PART);
}

static inline void *context_command(struct vblk_command *command)
{
	return (void *)((uintptr_t)command | CONTEXT_COMMAND);
}

static inline enum context_kind context_kind(const void *ctx)
{
	return (enum context_kind)((uintptr_t)ctx & CONTEXT_KIND_MASK);
}

/* The io_u or the command. */
static inline void *context_of(void *ctx)
{
	return (void *)((uintptr_t)ctx & ~CONTEXT_KIND_MASK);
}

#endif
