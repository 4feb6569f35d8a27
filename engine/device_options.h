/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks of the engine options of jobs, and the options that apply to a device. */
#ifndef ENGINE_DEVICE_OPTIONS_H
#define ENGINE_DEVICE_OPTIONS_H

#include "engine/run.h"

void device_options_check(struct vblk_device *device, struct job_spec *spec);
void device_options_apply(struct vblk_device *device);

#endif
