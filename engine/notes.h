/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run tells first: what was agreed on with a device, and what users should know of it. */
#ifndef ENGINE_NOTES_H
#define ENGINE_NOTES_H

struct vblk_device;

void notes_print(const struct vblk_device *device);

#endif
