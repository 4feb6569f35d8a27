// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "engine/report.h"
#include "engine/run.h"

/**
 * report_failure - report why a device cannot be used, and remove the device from the run
 * @device: device
 * @format: format string of the message, one sentence
 *
 * Only the first failure of a device is reported. Returns -EINVAL.
 */
int report_failure(struct vblk_device *device, const char *format, ...)
{
	char text[512];
	va_list args;

	if (device->failed)
		return -EINVAL;
	device->failed = true;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_err("vblk: %s: %s\n", device->path, text);
	return -EINVAL;
}

/* Return true if an earlier clone of the job (numjobs=) was refused. The clones of a job are
 * adjacent in job order, and the first clone has the number 0. */
static bool clone_was_refused(const struct job_spec *spec)
{
	while (spec->td->subjob_number && spec->index) {
		spec--;
		if (spec->refused)
			return true;
	}
	return false;
}

/**
 * report_refusal - report why a job cannot run, and remove the job from the run
 * @spec: job to refuse
 * @device: device that the job cannot use, NULL = the reason does not depend on a device
 * @format: format string of the message, one sentence
 *
 * Only the first reason is reported, and only once for all clones of a job, which are usually
 * refused for the same reason. Other jobs still run.
 */
void report_refusal(struct job_spec *spec, const struct vblk_device *device, const char *format,
		    ...)
{
	char text[512];
	va_list args;
	bool reported;

	if (spec->refused)
		return;
	reported = clone_was_refused(spec);
	spec->refused = true;
	if (reported)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_err("vblk: %s%s%s\n", device ? device->path : "", device ? ": " : "", text);
}

/* Return true if no earlier job of the device has the same statistics file as job @index. */
static bool first_with_file(const struct vblk_device *device, size_t index)
{
	const struct vblk_run *run = device->group->run;
	size_t i;

	for (i = 0; i < index; i++)
		if (device->assignments[i].uses && run->jobs[i].stats == run->jobs[index].stats)
			return false;
	return true;
}

/**
 * report_record - write a record about a device to the statistics files of its jobs
 * @device: device
 * @line: record, a line of JSON
 * @bytes: length of @line in bytes
 *
 * If several jobs of the device have the same file, the record is written once.
 */
void report_record(const struct vblk_device *device, const char *line, size_t bytes)
{
	const struct vblk_run *run = device->group->run;
	size_t i;

	for (i = 0; i < run->njobs; i++)
		if (device->assignments[i].uses && run->jobs[i].stats && first_with_file(device, i))
			record_write(run->jobs[i].stats, line, bytes);
}

/**
 * report_line - print a note about a device
 * @device: device
 * @text: note, one sentence
 *
 * If fio writes only machine-readable output (--output-format=), notes must not appear in the
 * output. They go to standard error instead, but only with vblk_notes=stderr, because scripts may
 * treat any text on standard error as an error. With --output=, log_err() writes to the output file
 * (f_err equals f_out), so the function writes to stderr directly in this case.
 */
void report_line(const struct vblk_device *device, const char *text)
{
	if (output_format & FIO_OUTPUT_NORMAL)
		log_info("vblk: %s: %s\n", device->path, text);
	else if (device->notes_on_stderr && f_err == f_out)
		fprintf(stderr, "vblk: %s: %s\n", device->path, text);
	else if (device->notes_on_stderr)
		log_err("vblk: %s: %s\n", device->path, text);
}

/**
 * report_note - print a note about a device, and write a record of the note
 * @device: device
 * @format: format string of the note, one sentence
 *
 * Jobs may call this function too.
 */
void report_note(const struct vblk_device *device, const char *format, ...)
{
	char text[1024], path[512], quoted[1536], line[2560];
	va_list args;
	int bytes;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report_line(device, text);
	record_quote(path, sizeof(path), device->path);
	record_quote(quoted, sizeof(quoted), text);
	bytes = snprintf(line, sizeof(line),
			 "{\"record\":\"note\",\"device\":\"%s\",\"text\":\"%s\"}\n", path, quoted);
	report_record(device, line, (size_t)bytes);
}
