/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for completions. */
#ifndef ENGINE_WAIT_H
#define ENGINE_WAIT_H

struct vblk_job;

int job_wait(struct vblk_job *job, unsigned int n, unsigned int min, unsigned int max);

#endif
