/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands: the engine's own requests, such as flushes and zone commands. The caller waits until a
 * command has completed. This file also declares the wait for room on a ring. */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "engine/queue.h"

/**
 * struct vblk_command - a request of the engine, for whose completion the caller waits
 * @done: the command has completed
 * @lost: the device went away before it completed the command, which must be sent again
 * @device_writes: the data is device-writable
 * @status: status byte, valid if @done is set
 * @type: type of the request
 * @sector: first sector, or 0
 * @bytes: length of the data, which is in @command_data of the queue
 */
struct vblk_command {
	_Alignas(void *) bool done; /* the lowest bits of the address are the tag (context.h) */
	bool lost;
	bool device_writes;
	uint8_t status;
	uint32_t type;
	uint64_t sector;
	uint32_t bytes;
};

int command_run(struct vblk_job *job, struct vblk_queue *q, uint32_t type, uint64_t sector,
		uint32_t bytes, bool device_writes, uint8_t *status);
bool command_await_room(struct vblk_queue *q, struct io_u *io_u, enum fio_q_status *status);
unsigned int command_take_stash(struct vblk_job *job, unsigned int max);

#endif
