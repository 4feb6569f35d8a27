/* SPDX-License-Identifier: GPL-2.0-only */
/* Assigning a device's queues to the jobs of the run, with assign_queues() (assign.h). */
#ifndef ENGINE_DEVICE_QUEUES_H
#define ENGINE_DEVICE_QUEUES_H

#include "engine/run.h"

bool device_queues_assign(struct vblk_device *device);

#endif
