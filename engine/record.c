// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/compat.h"
#include "engine/record.h"

static struct record_file *files;

/* Report an error of the file once for all jobs, even if the jobs are processes. */
static int fail(struct record_file *file, int error)
{
	if (!atomic_exchange(&file->failed, 1))
		log_err("vblk: vblk_stats=%s: %s\n", file->path, strerror(error));
	return -EIO;
}

static void open_file(struct record_file *file)
{
	struct stat st;

	/* With O_NONBLOCK, opening a FIFO that has no reader fails instead of waiting. */
	file->fd = open(file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644);
	if (file->fd < 0 || fstat(file->fd, &st) ||
	    fcntl(file->fd, F_SETFL, O_WRONLY | O_APPEND) < 0) {
		fail(file, errno);
		return;
	}
	file->device = st.st_dev;
	file->inode = st.st_ino;
}

/* Return the entry of an earlier record_open() for the same file under another name, or NULL. */
static struct record_file *find_same_file(const struct record_file *file)
{
	struct record_file *other;

	for (other = files; other; other = other->next)
		if (file->fd >= 0 && other->fd >= 0 && other->device == file->device &&
		    other->inode == file->inode)
			return other;
	return NULL;
}

/**
 * record_open - open a file for records; create it if it does not exist
 * @path: name of the file
 *
 * Must be called before jobs are forked. Returns NULL if out of memory. If the file cannot be
 * opened, prints an error message and returns the file with @failed set.
 */
struct record_file *record_open(const char *path)
{
	struct record_file *file, *other;
	size_t bytes = sizeof(*file) + strlen(path) + 1;

	for (file = files; file; file = file->next)
		if (!strcmp(file->path, path))
			return file;
	file = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (file == MAP_FAILED)
		return NULL;
	strcpy(file->path, path);
	open_file(file);
	other = find_same_file(file);
	if (other) {
		close(file->fd);
		munmap(file, bytes);
		return other;
	}
	file->next = files;
	files = file;
	return file;
}

/**
 * record_write - append a record
 * @file: from record_open()
 * @line: the record, including the newline
 * @bytes: length of @line
 *
 * The record is written with one write(), so that records of jobs that end at the same time do not
 * mix. Returns 0, or -EIO after an error message.
 */
int record_write(struct record_file *file, const char *line, size_t bytes)
{
	errno = ENOSPC;
	if (file->fd < 0 || write(file->fd, line, bytes) != (ssize_t)bytes)
		return fail(file, errno);
	return 0;
}

/**
 * record_quote - copy a text, escaped for use in a JSON string
 * @to: destination; text that does not fit is cut off
 * @bytes: size of @to
 * @from: text
 */
void record_quote(char *to, size_t bytes, const char *from)
{
	size_t at = 0;

	for (; *from && at + 7 < bytes; from++) {
		unsigned char c = (unsigned char)*from;

		if (c == '"' || c == '\\') {
			to[at++] = '\\';
			to[at++] = (char)c;
		} else if (c < 0x20) {
			at += (size_t)snprintf(to + at, bytes - at, "\\u%04x", c);
		} else {
			to[at++] = (char)c;
		}
	}
	to[at] = 0;
}
