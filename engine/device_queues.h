/* SPDX-License-Identifier: GPL-2.0-only */
/* Which job uses which queue of a device, by what the jobs ask (assign.h says how they are dealt).
 */
#ifndef ENGINE_DEVICE_QUEUES_H
#define ENGINE_DEVICE_QUEUES_H

#include "engine/run.h"

bool device_queues_deal(struct vblk_device *device);

#endif
