/* SPDX-License-Identifier: GPL-2.0-only */
/* Planning the queues of a device: ring size, number of slots, and memory. */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "engine/run.h"

int plan_queue(struct vblk_device *device, uint32_t index);
bool plan_smaller_rings(struct vblk_device *device);

#endif
