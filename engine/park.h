/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a job does when a device goes away, and while the device is away.
 *
 * The keeper cannot prepare the ring for the next connection, because the outstanding io_us are in
 * the memory of the job. Therefore the job prepares the ring: the job takes the completed requests,
 * empties the ring, and adds the outstanding io_us again, the oldest first. Then the queue is
 * parked: the job publishes nothing until the keeper has started the device again (keeper.c). With
 * vblk_inflight, the job leaves the ring as it is.
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
