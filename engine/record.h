/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of vblk_stats=. Several jobs may append records, which are lines of JSON, to one file.
 *
 * The files are opened when the run is set up, because jobs may run as another user (uid=). They
 * stay open in all processes of the run.
 */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct record_file - a file for records
 * @next: the file that was opened before this one
 * @fd: file descriptor, -1 = the file could not be opened
 * @device: device number from fstat(), which identifies the file together with @inode
 * @inode: inode number from fstat()
 * @failed: the file could not be opened or written, and a job has printed an error message; shared
 *	by all processes
 * @path: name of the file
 */
struct record_file {
	struct record_file *next;
	int fd;
	uint64_t device;
	uint64_t inode;
	_Atomic uint32_t failed;
	char path[];
};

struct record_file *record_open(const char *path);
int record_write(struct record_file *file, const char *line, size_t bytes);
void record_quote(char *to, size_t bytes, const char *from);

#endif
