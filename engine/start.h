/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting a device's queues, with rings that it takes. */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include "engine/run.h"

int start_queues(struct vblk_device *device);

#endif
