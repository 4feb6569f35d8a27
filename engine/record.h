/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files that vblk_stats= names: lines of JSON, appended by all jobs that name them.
 *
 * They are opened when the run is set up, since a job may run as another user (uid=), and stay open
 * in all of its processes.
 */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct record_file - one of these files
 * @next: the one opened before
 * @fd: its descriptor, -1 = it can't be opened
 * @device: what fstat() says of it, and
 * @inode: by which a second name of it is known
 * @failed: it can't be written, and the user was told so; shared by all processes
 * @path: its name
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
