/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adding the requests of an io_u to the ring, after queue() has checked the io_u. This never waits
 * and never fails: the caller makes sure that a slot is free. If the io_u needs several requests,
 * the remaining requests are added when slots become free (split.h).
 */
#ifndef ENGINE_ADD_H
#define ENGINE_ADD_H

#include "engine/request.h"
#include "vhost/blk/blk_request.h"

uint64_t add_request_bytes(const struct vblk_queue *q, const struct io_u *io_u, uint64_t at);
void add_transfer(struct vblk_queue *q, struct io_u *io_u);
void add_io_u(struct vblk_queue *q, struct io_u *io_u);
void add_command(struct vblk_queue *q, struct vblk_command *command);
void add_choose(struct vblk_queue *q);

/* Write the header of a read or write request, and count it. */
static inline void add_begin(struct vblk_queue *q, struct virtq_slot *slot, uint64_t offset,
			     bool read)
{
	blk_request_begin(slot, read ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT,
			  offset / BLK_SECTOR_BYTES);
	if (read)
		q->stats.reads++;
	else
		q->stats.writes++;
}

#endif
