/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting while fio has requests in flight: for a request of our own, or for room on a ring. */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "engine/queue.h"

/**
 * struct vblk_command - a request that is waited for on the spot
 * @done: it is back
 * @lost: the device went away with it, and will not go on with it when it is back
 * @status: with this status
 */
struct vblk_command {
	_Alignas(void *) bool done; /* its address carries a mark (context.h) */
	bool lost;
	uint8_t status;
};

int command_run(struct vblk_job *job, struct vblk_queue *q, uint32_t type, uint64_t sector,
		uint32_t bytes, bool device_writes, uint8_t *status);
bool command_await_room(struct vblk_queue *q, struct io_u *io_u, enum fio_q_status *status);
unsigned int command_take_stash(struct vblk_job *job, unsigned int max);

#endif
