// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "engine/report.h"
#include "engine/run.h"

/**
 * report_failure - say what is wrong with a device, the first time, and take it out of the run
 * @device: device
 * @format: one sentence
 *
 * Returns -EINVAL.
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

/* Clones of a job (numjobs=) make the same mistake; fio has them side by side, the first of them
 * with number 0. */
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
 * report_refusal - say what is wrong with a job, the first time, and take it out of the run
 * @spec: job
 * @device: the device it can't use so, NULL = whatever device
 * @format: one sentence
 *
 * Others go on without it.
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

/* Is job @index the first of a device's to name its file? */
static bool first_to_name(const struct vblk_device *device, size_t index)
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
 * @line: a line of JSON
 * @bytes: its length
 *
 * Each file that a job of the device names has it once.
 */
void report_record(const struct vblk_device *device, const char *line, size_t bytes)
{
	const struct vblk_run *run = device->group->run;
	size_t i;

	for (i = 0; i < run->njobs; i++)
		if (device->assignments[i].uses && run->jobs[i].stats && first_to_name(device, i))
			record_write(run->jobs[i].stats, line, bytes);
}

/**
 * report_line - print a line about a device that is no error
 * @device: device
 * @text: one sentence
 *
 * fio's notes are not to be among a machine-readable report, on standard output or in a file (where
 * fio writes its errors, too). And who runs fio for such a report may take anything on standard
 * error for an error.
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
 * report_note - a note about a device for the user that is no error
 * @device: device
 * @format: one sentence
 *
 * May be called in jobs, too.
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
