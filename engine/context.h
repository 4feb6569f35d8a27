/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The context of a request: a pointer that identifies the request when the request completes.
 *
 * The context of nearly every request is fio's io_u. Two rare kinds of requests have a tagged
 * context, with a tag in the lowest bits of the pointer: each of the several requests of a split
 * io_u (split.c), and commands (command.c). As long as a queue has no
 * outstanding requests of these kinds (@tagged in struct vblk_queue), the contexts of completed
 * requests are io_us and need not be inspected.
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

/* Return the io_u or the command, without the tag. */
static inline void *context_of(void *ctx)
{
	return (void *)((uintptr_t)ctx & ~CONTEXT_KIND_MASK);
}

#endif
