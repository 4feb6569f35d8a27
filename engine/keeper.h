/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keeper: one thread per device that owns the connection to the device while jobs run. The
 * thread belongs to the process that set up the device.
 *
 * The process forks jobs while the keeper runs. Therefore the keeper blocks all signals, allocates
 * no memory and prints nothing; it informs the jobs through the control page.
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
