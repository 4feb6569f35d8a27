/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detecting that the capacity of a device has changed since the run began. The engine
 * only reports the change, and only if requests have failed, since the change may be why they
 * failed.
 */
#ifndef ENGINE_RESIZE_H
#define ENGINE_RESIZE_H

struct vblk_job;

void resize_note(const struct vblk_job *job);

#endif
