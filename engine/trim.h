/* SPDX-License-Identifier: GPL-2.0-only */
/* Trims: discard, write zeroes, secure erase, and with zonemode=zbd the reset of a zone. */
#ifndef ENGINE_TRIM_H
#define ENGINE_TRIM_H

#include "engine/queue.h"

enum fio_q_status trim_queue(struct vblk_job *job, struct vblk_queue *q, struct io_u *io_u);

#endif
