/* SPDX-License-Identifier: GPL-2.0-only */
/* Trims: discard, write zeroes, secure erase, and the reset of a zone with zonemode=zbd. */
#ifndef ENGINE_TRIM_H
#define ENGINE_TRIM_H

#include "engine/queue.h"

void trim_add(struct vblk_queue *q, struct io_u *io_u);
enum fio_q_status trim_check(struct vblk_job *job, struct vblk_queue *q, struct io_u *io_u);

#endif
