/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages to the user.
 *
 * A failure of a device is reported once, and removes the device from the run. An error in the
 * options of a job is reported once for all clones of the job, and removes the job from the run.
 * Notes, which are not errors, go to fio's output and to the statistics files of the device's jobs
 * (record.h).
 */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include <stddef.h>

struct job_spec;
struct vblk_device;

int report_failure(struct vblk_device *device, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void report_refusal(struct job_spec *spec, const struct vblk_device *device, const char *format,
		    ...) __attribute__((format(printf, 3, 4)));
void report_note(const struct vblk_device *device, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void report_line(const struct vblk_device *device, const char *text);
void report_record(const struct vblk_device *device, const char *line, size_t bytes);

#endif
