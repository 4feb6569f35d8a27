/* SPDX-License-Identifier: GPL-2.0-only */
/* What a job's options ask of the devices it uses. */
#ifndef ENGINE_JOB_SPEC_H
#define ENGINE_JOB_SPEC_H

#include "engine/compat.h"
#include "engine/assign.h"
#include "engine/options.h"
#include "engine/record.h"
#include "vhost/blk/blk_dev.h"

/**
 * struct job_spec - what one job asks
 * @td: the job
 * @all_index: its place among all jobs, those of other engines included
 * @index: its place among the jobs with this engine
 * @options: a copy of its engine options: the parent of a forked job frees fio's
 * @files: names of its files
 * @nfiles: how many
 * @reads: it reads
 * @writes: it writes
 * @trims: it trims
 * @depth: requests in flight
 * @max_bytes: largest read or write
 * @max_trim_bytes: largest trim, or range of one
 * @trim_ranges: most ranges of a trim
 * @trim: request that a trim is
 * @zbd: it works by zones: fio resets them before it writes, and a trim is a reset
 * @buffer_bytes: bound of what fio will ask of iomem_alloc()
 * @stats: where its statistics go, NULL = nowhere
 * @refused: it asks what can't be had, and the user was told so; it uses no device
 */
struct job_spec {
	struct thread_data *td;
	size_t all_index;
	size_t index;
	struct vblk_options options;
	char **files;
	size_t nfiles;
	bool reads;
	bool writes;
	bool trims;
	unsigned int depth;
	unsigned long long max_bytes;
	unsigned long long max_trim_bytes;
	unsigned int trim_ranges;
	enum blk_range_kind trim;
	bool zbd;
	unsigned long long buffer_bytes;
	struct record_file *stats;
	bool refused;
};

int job_spec_read(struct job_spec *spec, struct thread_data *td);
void job_spec_schedule(const struct thread_data *td, struct assign_job *when);
unsigned int job_spec_segments(const struct job_spec *spec, const struct blk_dev *dev);
unsigned int job_spec_trim_segments(const struct job_spec *spec, const struct blk_dev *dev);
uint64_t job_spec_requests(const struct job_spec *spec, const struct blk_dev *dev);

#endif
