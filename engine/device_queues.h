/* SPDX-License-Identifier: GPL-2.0-only */
/* Which job uses which queue of a device, by what the jobs ask (deal.h says how they are dealt). */
#ifndef ENGINE_DEVICE_QUEUES_H
#define ENGINE_DEVICE_QUEUES_H

#include "engine/run.h"

bool device_queues_assign(struct vblk_device *device);

#endif
