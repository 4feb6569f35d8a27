/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device whose size is another one than when the run began: told of where requests fail, since
 * that may be why. Nothing else follows from it.
 */
#ifndef ENGINE_RESIZE_H
#define ENGINE_RESIZE_H

struct vblk_job;

void resize_note(const struct vblk_job *job);

#endif
