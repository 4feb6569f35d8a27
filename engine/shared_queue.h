/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a job uses a queue that it shares with other jobs (share.h).
 *
 * queue() only checks an io_u and appends it to a list. commit() takes the lock and adds the io_us
 * of the list to the ring, in the order of the list, until no slot is free. The remaining io_us are
 * added when slots become free.
 */
#ifndef ENGINE_SHARED_QUEUE_H
#define ENGINE_SHARED_QUEUE_H

#include "engine/job.h"
#include "engine/share.h"

int shared_attach(struct vblk_queue *q, struct queue_share *share, uint32_t sharer,
		  const struct virtq_layout *layout, uint64_t iova, bool event_idx);
void shared_detach(struct vblk_queue *q);
void shared_commit(struct vblk_queue *q);
unsigned int shared_reap(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			 unsigned int max);
unsigned int shared_take_failed(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
				unsigned int max);
bool shared_arm(struct vblk_queue *q);
void shared_check(struct vblk_queue *q, uint64_t now_ns);
bool shared_park(struct vblk_job *job, struct vblk_queue *q, unsigned int *n, unsigned int max,
		 uint32_t epoch);
void shared_resume(struct vblk_queue *q, bool event_idx);

#endif
