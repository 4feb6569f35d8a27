/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio's queue(): the front door of every request.
 *
 * Requests that are put on the ring once more when a back-end is back (park.c) come in by it, too.
 */
#ifndef ENGINE_SUBMIT_H
#define ENGINE_SUBMIT_H

#include "engine/compat.h"

enum fio_q_status vblk_queue_io(struct thread_data *td, struct io_u *io_u);

#endif
