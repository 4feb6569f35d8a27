/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that do not complete requests in time: a warning, then failure of the requests. */
#ifndef ENGINE_STUCK_H
#define ENGINE_STUCK_H

#include <stdint.h>

struct vblk_job;

void stuck_warn(struct vblk_job *job, uint64_t since_ns, uint64_t waited);
void stuck_give_up(struct vblk_job *job, uint64_t since_ns, uint64_t waited, const char *why);
void stuck_end(struct vblk_job *job);

#endif
