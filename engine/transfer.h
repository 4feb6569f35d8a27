/* SPDX-License-Identifier: GPL-2.0-only */
/* Adding reads and writes to the ring. */
#ifndef ENGINE_TRANSFER_H
#define ENGINE_TRANSFER_H

struct vblk_queue;

void transfer_choose(struct vblk_queue *q);

#endif
