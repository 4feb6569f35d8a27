/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device's queues are made of. */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "engine/run.h"

int plan_queue(struct vblk_device *device, uint32_t index);
bool plan_smaller_rings(struct vblk_device *device);

#endif
