/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recorded log (read_iolog=) will ask of the devices, known before the job starts: fio reads
 * it only inside the job, when the memory has been shared already.
 */
#ifndef ENGINE_REPLAY_H
#define ENGINE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct replay - bounds of a log
 * @known: false for logs that can be read only once (standard input, sockets) and for unreadable
 * ones
 * @error: errno of the first that can't be read, 0 = there is none
 * @blktrace: recorded by blktrace: fio then chooses the depth itself, and names devices by their
 * number
 * @reads: it has reads
 * @writes: it has writes
 * @trims: it has trims
 * @max_bytes: largest read or write
 * @max_trim_bytes: largest trim
 * @files: names of the files in it, none for blktrace
 * @nfiles: how many
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
