/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run tells that is no error: what was agreed on with a device, and what users should know
 * of it. fio's log has it, and the statistics files of the device's jobs (record.h).
 */
#ifndef ENGINE_NOTES_H
#define ENGINE_NOTES_H

struct vblk_device;

void run_tell(const struct vblk_device *device, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void tell_facts(const struct vblk_device *device);

#endif
