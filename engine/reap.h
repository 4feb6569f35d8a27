/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking completed requests back from the rings. */
#ifndef ENGINE_REAP_H
#define ENGINE_REAP_H

struct vblk_job;
struct vblk_queue;

unsigned int job_reap(struct vblk_job *job, unsigned int n, unsigned int max);
unsigned int job_take_failed(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			     unsigned int max);
void job_note_lengths(const struct vblk_job *job);

#endif
