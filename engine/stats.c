// SPDX-License-Identifier: GPL-2.0-only
/* The queue records of vblk_stats=: a job that ends writes one for each of its queues. */
#include <stdio.h>

#include "engine/job.h"
#include "engine/run.h"
#include "engine/stats.h"

/* Return the number of data descriptors. Each read, write and trim request has one; @descriptors
 * counts the additional ones. */
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

	record_quote(device, sizeof(device), q->device->path);
	record_quote(name, sizeof(name), job->td->o.name);
	return snprintf(
		line, bytes,
		"{\"record\":\"queue\",\"device\":\"%s\",\"queue\":%u,\"job\":\"%s\",\"job_number\":%zu,\"reads\":%llu,\"writes\":%llu,\"flushes\":%llu,\"discards\":%llu,\"write_zeroes\":%llu,\"secure_erases\":%llu,\"split_trims\":%llu,\"split_transfers\":%llu,\"zone_commands\":%llu,\"errors\":%llu,\"data_descriptors\":%llu,\"publishes\":%llu,\"kicks\":%llu,\"kicks_suppressed\":%llu,\"sleeps\":%llu,\"wakeups\":%llu,\"spurious_wakeups\":%llu,\"missed_notifications\":%llu,\"short_used_lengths\":%llu,\"long_used_lengths\":%llu,\"ring_full\":%llu,\"largest_depth\":%llu,\"reconnects\":%llu,\"resubmitted\":%llu}\n",
		device, q->index, name, job->index + 1, ULL(s->reads), ULL(s->writes),
		ULL(s->flushes), ULL(s->trims[BLK_DISCARD]), ULL(s->trims[BLK_WRITE_ZEROES]),
		ULL(s->trims[BLK_SECURE_ERASE]), ULL(s->split_trims), ULL(s->split_transfers),
		ULL(s->commands), ULL(s->errors), ULL(data_descriptors(s)), ULL(s->publishes),
		ULL(s->kicks), ULL(s->publishes - s->kicks), ULL(s->sleeps), ULL(s->wakeups),
		ULL(s->spurious), ULL(s->missed),
		ULL(q->vq->short_lengths - q->short_lengths_before),
		ULL(q->vq->long_lengths - q->long_lengths_before), ULL(s->busy), ULL(s->depth),
		ULL(s->reconnects), ULL(s->resubmitted));
}

/**
 * stats_write - append a job's statistics to its vblk_stats file
 * @job: job that is about to end
 *
 * Returns 0, or -EIO after an error message.
 */
int stats_write(const struct vblk_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; job->stats && i < job->nqueues && !ret; i++) {
		char line[4096];
		int len = format_line(line, sizeof(line), job, &job->queue[i]);

		ret = record_write(job->stats, line, (size_t)len);
	}
	return ret;
}
