/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that somebody waits for on the spot, beside those that fio has in flight. */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "engine/job.h"

int command_run(struct vblk_job *job, struct vblk_queue *q, uint32_t type, uint64_t sector,
		uint32_t bytes, bool device_writes, uint8_t *status);
struct virtq_slot *command_await_slot(struct vblk_job *job, struct vblk_queue *q);
unsigned int command_take_stash(struct vblk_job *job, unsigned int max);

#endif
