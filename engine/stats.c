// SPDX-License-Identifier: GPL-2.0-only
/* vblk_stats=: one line of JSON per queue, appended when a job ends. Standard output belongs to
 * fio. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/job.h"

/* Copies a string as the inside of a JSON one. */
static void quote(char *to, size_t bytes, const char *from)
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

/* Every transfer and every trim has one; @descriptors are those beyond. */
static uint64_t data_descriptors(const struct vblk_stats *s)
{
	uint64_t n = s->descriptors + s->reads + s->writes;
	unsigned int kind;

	for (kind = 0; kind < BLK_RANGE_KINDS; kind++)
		n += s->trims[kind];
	return n;
}

#define ULL(value) (unsigned long long)(value)

static int format_line(char *line, size_t bytes, const struct vblk_job *job,
		       const struct vblk_queue *q)
{
	const struct vblk_stats *s = &q->stats;
	char device[512], name[256];

	quote(device, sizeof(device), q->device->path);
	quote(name, sizeof(name), job->td->o.name);
	return snprintf(
		line, bytes,
		"{\"device\":\"%s\",\"queue\":%u,\"job\":\"%s\",\"job_number\":%zu,"
		"\"reads\":%llu,\"writes\":%llu,\"flushes\":%llu,\"discards\":%llu,"
		"\"write_zeroes\":%llu,\"secure_erases\":%llu,\"split_trims\":%llu,"
		"\"zone_commands\":%llu,\"errors\":%llu,\"data_descriptors\":%llu,"
		"\"publishes\":%llu,\"kicks\":%llu,\"kicks_suppressed\":%llu,"
		"\"sleeps\":%llu,\"wakeups\":%llu,\"spurious_wakeups\":%llu,"
		"\"missed_notifications\":%llu,\"short_used_lengths\":%llu,"
		"\"long_used_lengths\":%llu,\"ring_full\":%llu,"
		"\"largest_depth\":%llu,\"reconnects\":%llu,\"resubmitted\":%llu}\n",
		device, q->index, name, job->index + 1, ULL(s->reads), ULL(s->writes),
		ULL(s->flushes), ULL(s->trims[BLK_DISCARD]), ULL(s->trims[BLK_WRITE_ZEROES]),
		ULL(s->trims[BLK_SECURE_ERASE]), ULL(s->split_trims), ULL(s->commands),
		ULL(s->errors), ULL(data_descriptors(s)), ULL(s->publishes), ULL(s->kicks),
		ULL(s->publishes - s->kicks), ULL(s->sleeps), ULL(s->wakeups), ULL(s->spurious),
		ULL(s->missed), ULL(q->vq->short_lengths), ULL(q->vq->long_lengths), ULL(s->busy),
		ULL(s->depth), ULL(s->reconnects), ULL(s->resubmitted));
}

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static int complain(const char *path)
{
	log_err("vblk: vblk_stats=%s: %s\n", path, strerror(errno));
	return -EIO;
}

/**
 * stats_check - can a job's statistics be written? Better known before it runs
 * @td: job, as its options are before it starts
 */
int stats_check(struct thread_data *td)
{
	const struct vblk_ask *ask;
	size_t index;
	int fd;

	ask = run_job(td, &index);
	if (!ask || !ask->options.stats)
		return 0;
	fd = open_file(ask->options.stats);
	if (fd < 0)
		return complain(ask->options.stats);
	close(fd);
	return 0;
}

/**
 * stats_write - append a job's statistics to the file it named
 * @job: job that is about to end
 *
 * Each line is one write, so that lines of jobs which end together do not mix. Returns 0 or -EIO,
 * of which the user was told.
 */
int stats_write(const struct vblk_job *job)
{
	unsigned int i;
	int fd, ret = 0;

	if (!job->stats_path)
		return 0;
	fd = open_file(job->stats_path);
	if (fd < 0)
		return complain(job->stats_path);
	for (i = 0; i < job->nqueues && !ret; i++) {
		char line[2048];
		int len = format_line(line, sizeof(line), job, &job->queue[i]);

		errno = ENOSPC;
		if (len < 0 || write(fd, line, (size_t)len) != len)
			ret = complain(job->stats_path);
	}
	close(fd);
	return ret;
}
