/* SPDX-License-Identifier: GPL-2.0-only */
/* What a job counts on each of its queues, and the record of it that vblk_stats= leaves. */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include <stdint.h>

#include "vhost/blk/blk_range.h"

struct vblk_job;

/**
 * struct vblk_stats - what a job did on a queue
 * @reads: read requests
 * @writes: write requests
 * @flushes: flush requests
 * @trims: discard, write zeroes and secure erase requests
 * @split_trims: trims that took several of them
 * @split_transfers: reads and writes of fio's that took several requests
 * @commands: zone commands and others that were waited for on the spot
 * @descriptors: data descriptors of transfers beyond their first
 * @publishes: times that requests were made visible to the device
 * @kicks: notifications sent
 * @busy: requests turned away because the ring was full
 * @sleeps: times the job went to sleep
 * @wakeups: times it was woken by the device
 * @spurious: of these, without anything used
 * @missed: used requests found after a sleep that no notification ended
 * @depth: most requests outstanding
 * @errors: requests that ended with an error
 * @reconnects: times that the device came back
 * @resubmitted: io_us that were put on the ring again for that
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
