/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters that a job has for each of its queues, and the records of vblk_stats= with them. */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include <stdint.h>

#include "vhost/blk/blk_range.h"

struct vblk_job;

/**
 * struct vblk_stats - a job's counters for a queue
 * @reads: read requests sent
 * @writes: write requests sent
 * @flushes: flush requests sent
 * @trims: discard, write zeroes and secure erase requests sent
 * @split_trims: fio's trims that needed several requests
 * @split_transfers: fio's reads and writes that needed several requests
 * @commands: commands sent, except flushes
 * @descriptors: data descriptors of reads and writes, in addition to the first of each request
 * @publishes: number of times that requests were made visible to the device
 * @kicks: available buffer notifications sent
 * @busy: number of times that the ring had no room for an io_u
 * @sleeps: number of times that the job went to sleep
 * @wakeups: number of times that a notification woke the job
 * @spurious: wake-ups after which no used request was found
 * @missed: sleeps after which used requests were found although no notification came
 * @depth: largest number of outstanding requests
 * @errors: requests that ended with an error
 * @reconnects: number of times that the device came back
 * @resubmitted: io_us that were added to the ring again after the device went away
 */
struct vblk_stats {
	uint64_t reads;
	uint64_t writes;
	uint64_t flushes;
	uint64_t trims[BLK_RANGE_KINDS];
	uint64_t split_trims;
	uint64_t split_transfers;
	uint64_t commands;
	uint64_t descriptors;
	uint64_t publishes;
	uint64_t kicks;
	uint64_t busy;
	uint64_t sleeps;
	uint64_t wakeups;
	uint64_t spurious;
	uint64_t missed;
	uint64_t depth;
	uint64_t errors;
	uint64_t reconnects;
	uint64_t resubmitted;
};

int stats_write(const struct vblk_job *job);

#endif
