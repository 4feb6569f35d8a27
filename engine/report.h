/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who tells the user something, and how.
 *
 * What is wrong with a device is said once, and takes the device out of the run; what is wrong with
 * a job is said once for all of its clones, and takes the job out. What is no error goes to fio's
 * log and to the statistics files of the device's jobs (record.h).
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
