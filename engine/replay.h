/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the log of a job (read_iolog=) contains. The engine reads the log before the job starts. fio
 * reads it only inside the job, which is too late: the memory is already shared with the devices.
 */
#ifndef ENGINE_REPLAY_H
#define ENGINE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct replay - contents of the logs of a job
 * @known: all logs were read; false if a log can be read only once (standard input, sockets) or
 *	cannot be read
 * @error: errno of the first log that could not be read, 0 = no error
 * @blktrace: a log was recorded by blktrace; fio then chooses the depth itself, and names devices
 *	by their numbers
 * @reads: the logs contain reads
 * @writes: the logs contain writes
 * @trims: the logs contain trims
 * @max_bytes: length of the largest read or write in bytes
 * @max_trim_bytes: length of the largest trim in bytes
 * @files: names of the files that the logs use; logs of blktrace have none
 * @nfiles: number of entries in @files
 */
struct replay {
	bool known;
	int error;
	bool blktrace;
	bool reads;
	bool writes;
	bool trims;
	uint64_t max_bytes;
	uint64_t max_trim_bytes;
	char **files;
	size_t nfiles;
};

void replay_scan(struct replay *replay, const char *list);
void replay_free(struct replay *replay);

#endif
