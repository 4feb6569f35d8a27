/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a request carries through the ring.
 *
 * Nearly always that is fio's io_u itself. Two rare kinds are marked in the pointer's lowest bits:
 * a request that is one of several an io_u was split into, and a command that somebody waits for on
 * the spot. As long as a queue has none of these outstanding (struct vblk_queue's @apart), what
 * comes back is taken as it is.
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

/*
 * An io_u's engine data, for errdetails(): 0, or the status byte it ended with and one; and while
 * it is split, the number of its requests that are still out, above that.
 */
#define CONTEXT_STATUS_MASK ((uintptr_t)0xffff)
#define CONTEXT_LEFT_ONE    ((uintptr_t)0x10000)

/* No status, but the request was never sent. */
#define CONTEXT_NOT_SENT ((uintptr_t)0x1000)

#endif
