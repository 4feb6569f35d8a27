// SPDX-License-Identifier: GPL-2.0-only
#include <byteswap.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/replay.h"

/* Longest word that fio reads from a log, with its terminator. */
#define WORD_BYTES 257

/* A record of a blktrace log; struct blk_io_trace of the kernel. */
struct trace_record {
	uint32_t magic;
	uint32_t sequence;
	uint64_t time;
	uint64_t sector;
	uint32_t bytes;
	uint32_t action;
	uint32_t pid;
	uint32_t device;
	uint32_t cpu;
	uint16_t error;
	uint16_t payload_bytes;
};

#define TRACE_MAGIC	       0x65617400u
#define TRACE_MAGIC_MASK       0xffffff00u
#define TRACE_ACTION_QUEUE     1u
#define TRACE_CATEGORY(action) ((action) >> 16)
#define TRACE_WRITE	       (1u << 1)
#define TRACE_NOTIFY	       (1u << 10)
#define TRACE_DISCARD	       (1u << 13)

static void note_file(struct replay *replay, const char *name)
{
	char **files;
	size_t i;

	for (i = 0; i < replay->nfiles; i++)
		if (!strcmp(replay->files[i], name))
			return;
	files = realloc(replay->files, (replay->nfiles + 1) * sizeof(*files));
	if (!files)
		return;
	replay->files = files;
	replay->files[replay->nfiles] = strdup(name);
	if (replay->files[replay->nfiles])
		replay->nfiles++;
}

static void note_transfer(struct replay *replay, bool write, bool trim, uint64_t bytes)
{
	uint64_t *max = trim ? &replay->max_trim_bytes : &replay->max_bytes;

	replay->trims |= trim;
	replay->writes |= write && !trim;
	replay->reads |= !write && !trim;
	if (bytes > *max)
		*max = bytes;
}

static void scan_text(struct replay *replay, FILE *f, int version)
{
	char line[4096], name[WORD_BYTES], action[WORD_BYTES];
	unsigned long long offset, bytes, time;

	while (fgets(line, sizeof(line), f)) {
		int words = version == 3 ? sscanf(line, "%llu %256s %256s %llu %llu", &time, name,
						  action, &offset, &bytes) -
						   1
					 : sscanf(line, "%256s %256s %llu %llu", name, action,
						  &offset, &bytes);

		if (words < 2 || !strcmp(action, "wait"))
			continue;
		note_file(replay, name);
		if (words == 4 && (!strcmp(action, "read") || !strcmp(action, "write") ||
				   !strcmp(action, "trim")))
			note_transfer(replay, *action == 'w', *action == 't', bytes);
	}
}

static void scan_trace(struct replay *replay, FILE *f)
{
	struct trace_record t;

	while (fread(&t, sizeof(t), 1, f) == 1) {
		bool swap = (t.magic & TRACE_MAGIC_MASK) != TRACE_MAGIC;
		uint32_t action = swap ? bswap_32(t.action) : t.action;
		uint32_t bytes = swap ? bswap_32(t.bytes) : t.bytes;
		uint16_t payload = swap ? bswap_16(t.payload_bytes) : t.payload_bytes;
		uint32_t category = TRACE_CATEGORY(action);

		if ((action & 0xffff) == TRACE_ACTION_QUEUE && !(category & TRACE_NOTIFY) && bytes)
			note_transfer(replay, category & TRACE_WRITE, category & TRACE_DISCARD,
				      bytes);
		if (payload && fseek(f, payload, SEEK_CUR))
			return;
	}
}

static bool note_error(struct replay *replay)
{
	if (!replay->error)
		replay->error = errno;
	return false;
}

static bool scan_file(struct replay *replay, const char *path)
{
	char first[256];
	uint32_t magic = 0;
	struct stat st;
	FILE *f;

	if (!strcmp(path, "-"))
		return false;
	if (stat(path, &st))
		return note_error(replay);
	if (!S_ISREG(st.st_mode))
		return false;
	f = fopen(path, "re");
	if (!f)
		return note_error(replay);
	if (fread(&magic, sizeof(magic), 1, f) == 1 &&
	    ((magic & TRACE_MAGIC_MASK) == TRACE_MAGIC ||
	     (bswap_32(magic) & TRACE_MAGIC_MASK) == TRACE_MAGIC)) {
		replay->blktrace = true;
		rewind(f);
		scan_trace(replay, f);
	} else {
		rewind(f);
		if (fgets(first, sizeof(first), f))
			scan_text(replay, f, strstr(first, "version 3") ? 3 : 2);
	}
	fclose(f);
	return true;
}

/**
 * replay_scan - read what the logs of a job contain
 * @replay: filled in; the caller calls replay_free()
 * @list: value of fio's option read_iolog: names separated by ':', where "\:" is a ':' in a name
 *
 * fio decides which of several logs a job gets. Therefore the result covers all of them.
 */
void replay_scan(struct replay *replay, const char *list)
{
	char *path = malloc(strlen(list) + 1), *end = path;

	memset(replay, 0, sizeof(*replay));
	replay->known = path != NULL;
	while (path) {
		if (*list == '\\' && list[1] == ':') {
			*end++ = ':';
			list += 2;
		} else if (*list && *list != ':') {
			*end++ = *list++;
		} else {
			*end = 0;
			if (end > path && !scan_file(replay, path))
				replay->known = false;
			end = path;
			if (!*list++)
				break;
		}
	}
	free(path);
}

/**
 * replay_free - free the names of files
 * @replay: result of replay_scan()
 */
void replay_free(struct replay *replay)
{
	size_t i;

	for (i = 0; i < replay->nfiles; i++)
		free(replay->files[i]);
	free(replay->files);
	replay->files = NULL;
	replay->nfiles = 0;
}
