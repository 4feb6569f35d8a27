/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio's queue(), through which every io_u gets onto a ring.
 *
 * park.c calls this function too, to resubmit io_us after a back-end went away.
 */
#ifndef ENGINE_SUBMIT_H
#define ENGINE_SUBMIT_H

#include "engine/compat.h"

enum fio_q_status vblk_queue_io(struct thread_data *td, struct io_u *io_u);

#endif
