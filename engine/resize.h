/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detecting that the capacity of a device has changed since the run began. The change is only
 * reported, and only if requests have failed, because it may be the reason.
 */
#ifndef ENGINE_RESIZE_H
#define ENGINE_RESIZE_H

struct vblk_job;

void resize_note(const struct vblk_job *job);

#endif
