/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a job does when a device goes away, and while it is away.
 *
 * The keeper can't put the ring in order for the next connection, since what is outstanding on it
 * is fio's, and in the job's memory. So the job does: it takes back what the device completed,
 * makes the ring empty, and puts everything else on it again, the oldest first. Then the queue is
 * parked: nothing more is published until the keeper has started the device (keeper.c).
 */
#ifndef ENGINE_PARK_H
#define ENGINE_PARK_H

#include <stdbool.h>
#include <stdint.h>

struct vblk_job;
struct vblk_queue;

unsigned int park_queue(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			unsigned int max);
void park_resume(struct vblk_job *job, struct vblk_queue *q);
unsigned int park_check(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			unsigned int max);
void park_check_keeper(struct vblk_queue *q);
bool park_wait(struct vblk_job *job, struct vblk_queue *q);

#endif
