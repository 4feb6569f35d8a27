/* SPDX-License-Identifier: GPL-2.0-only */
/* What a job's options require of the devices that the job uses. */
#ifndef ENGINE_JOB_SPEC_H
#define ENGINE_JOB_SPEC_H

#include "engine/compat.h"
#include "engine/assign.h"
#include "engine/options.h"
#include "engine/record.h"
#include "vhost/blk/blk_dev.h"

/**
 * struct job_spec - what one job requires
 * @td: fio's view of the job
 * @all_index: index of the job among all jobs, including those of other engines
 * @index: index of the job among the jobs with this engine (job order)
 * @options: copy of the engine options; fio frees its own options in the parent of a forked job
 * @files: names of the files of the job
 * @nfiles: number of entries in @files
 * @reads: the job reads
 * @writes: the job writes
 * @trims: the job trims
 * @depth: maximum number of io_us in flight
 * @max_bytes: length of the largest read or write in bytes
 * @max_trim_bytes: length of the largest trim, or range of a trim, in bytes
 * @trim_ranges: maximum number of ranges of a trim
 * @trim: type of the requests that trims send
 * @zbd: the job has zonemode=zbd: fio resets zones before it writes to them, and a trim resets a
 *	zone
 * @buffer_bytes: maximum number of bytes that fio will request from iomem_alloc()
 * @stats: file for the statistics of the job, or NULL
 * @refused: the job cannot run and uses no device; an error message has reported the reason
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
