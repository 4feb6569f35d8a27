/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An io_u that takes several requests: a transfer that is larger than a request of the device can
 * be, or reads across zones; a trim beyond the device's limits; a write that a flush has to follow.
 *
 * As many of its requests are put on the ring as there is room for, and whenever one of them is
 * back the next takes its place. The io_u has completed when the last one is back. The first error
 * is the io_u's; nothing more is sent then.
 */
#ifndef ENGINE_SPLIT_H
#define ENGINE_SPLIT_H

#include "engine/request.h"

enum fio_q_status split_begin(struct vblk_queue *q, struct io_u *io_u, request_put_next *put_next);
struct io_u *split_settle(struct vblk_queue *q, struct io_u *io_u);

#endif
