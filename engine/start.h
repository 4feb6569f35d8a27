/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting the queues of a device, with smaller rings if the device rejects the planned ones. */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include "engine/run.h"

int start_queues(struct vblk_device *device);

#endif
