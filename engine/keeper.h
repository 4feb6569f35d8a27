/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keeper: a thread per device, in the process that set it up, that owns the connection while
 * jobs run.
 *
 * The process forks around it, so it blocks all signals, allocates nothing and prints nothing: what
 * it finds out goes to the jobs by way of the control page.
 */
#ifndef ENGINE_KEEPER_H
#define ENGINE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

struct control;
struct vblk_device;

int keeper_start(struct vblk_device *device);
bool keeper_lives(const struct control *control);
void keeper_wake(const struct vblk_device *device);
void keeper_await(struct control *control, uint32_t state, unsigned int ms);
void keeper_wait_stopped(const struct vblk_device *device);
void keeper_end(struct vblk_device *device);

#endif
