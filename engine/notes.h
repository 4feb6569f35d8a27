/* SPDX-License-Identifier: GPL-2.0-only */
/* The first messages of a run: what was negotiated with a device, and what users should know. */
#ifndef ENGINE_NOTES_H
#define ENGINE_NOTES_H

struct vblk_device;

void notes_print(const struct vblk_device *device);

#endif
