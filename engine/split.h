/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io_us that need several requests: a transfer that does not fit into one request of the device, a
 * read that crosses zones, a trim beyond the limits of the device, or a write that a flush must
 * follow.
 *
 * The engine adds as many requests of the io_u as the ring has room for, and adds further ones
 * as requests complete. The io_u completes with its last request. The first error of a
 * request is the error of the io_u; the engine adds no further requests after an error.
 */
#ifndef ENGINE_SPLIT_H
#define ENGINE_SPLIT_H

#include "engine/request.h"

void split_begin(struct vblk_queue *q, struct io_u *io_u, request_add_next *add_next);
struct io_u *split_settle(struct vblk_queue *q, struct io_u *io_u);
void split_continue(struct vblk_queue *q, struct io_u *io_u);

#endif
