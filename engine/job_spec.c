// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/duration.h"
#include "engine/job_spec.h"
#include "engine/names.h"
#include "engine/report.h"
#include "virtq/base.h"

/* Maximum depth that fio chooses for a log of blktrace if the user did not set iodepth. */
#define BLKTRACE_DEPTH_MAX 1024

static void read_replay(struct job_spec *spec, const struct replay *replay)
{
	if (!replay->known)
		return;
	spec->reads |= replay->reads;
	spec->writes = replay->writes;
	spec->trims = replay->trims;
	if (replay->max_bytes > spec->max_bytes)
		spec->max_bytes = replay->max_bytes;
	if (replay->max_trim_bytes > spec->max_trim_bytes)
		spec->max_trim_bytes = replay->max_trim_bytes;
	if (replay->blktrace && !fio_option_is_set(&spec->td->o, iodepth))
		spec->depth = BLKTRACE_DEPTH_MAX;
}

static enum blk_range_kind trim_kind(unsigned int request)
{
	switch (request) {
	case VBLK_TRIM_WRITE_ZEROES:
	case VBLK_TRIM_WRITE_ZEROES_UNMAP:
		return BLK_WRITE_ZEROES;
	case VBLK_TRIM_SECURE_ERASE:
		return BLK_SECURE_ERASE;
	default:
		return BLK_DISCARD;
	}
}

/* Parse the options that are times, which fio passes as text. A job with an invalid time is
 * refused; the option then gets a valid value, so that later checks do not report the option again.
 */
static void read_times(struct job_spec *spec)
{
	struct vblk_options *o = &spec->options;
	const struct {
		const char *name;
		char **text;
		unsigned long long *us;
		unsigned int unit_us;
		unsigned long long fallback_us;
	} times[] = {
		{ "vblk_spin", &o->spin, &o->spin_us, 1, 0 },
		{ "vblk_timeout", &o->timeout, &o->timeout_us, 1000000, 1000000 },
		{ "vblk_io_timeout", &o->io_timeout, &o->io_timeout_us, 1000000, 0 },
		{ "vblk_reconnect", &o->reconnect, &o->reconnect_us, 1000000, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		long long us;

		*times[i].us = times[i].fallback_us;
		if (!duration_parse(*times[i].text, times[i].unit_us, &us))
			*times[i].us = (unsigned long long)us;
		else
			report_refusal(
				spec, NULL,
				"job '%s': %s=%s is not a valid time: use a number, optionally followed by us, ms, s, m, h or d (at most ten years)",
				spec->td->o.name, times[i].name, *times[i].text);
		/* The text belongs to fio, which may free it. */
		*times[i].text = NULL;
	}
}

/**
 * job_spec_read - read the options of a job
 * @spec: filled in
 * @td: fio's view of the job, before the job starts
 *
 * Returns 0 or -ENOMEM.
 */
int job_spec_read(struct job_spec *spec, struct thread_data *td)
{
	const struct thread_options *o = &td->o;
	struct vblk_options *options = td->eo;
	struct replay replay = { 0 };
	unsigned long long largest;
	unsigned int ddir;
	int ret;

	spec->td = td;
	spec->options = *options;
	if (options->features)
		spec->options.features = strdup(options->features);
	if (options->stats)
		spec->options.stats = strdup(options->stats);
	if ((options->features && !spec->options.features) ||
	    (options->stats && !spec->options.stats))
		return -ENOMEM;
	read_times(spec);
	/* Only vblk_wait=block contradicts hipri. hipri overrides hybrid, which is the default. */
	if (options->hipri && options->wait == VBLK_WAIT_BLOCK)
		report_refusal(
			spec, NULL,
			"job '%s' has hipri, which means vblk_wait=spin, and also vblk_wait=block; remove one of them",
			o->name);
	if (options->hipri)
		spec->options.wait = VBLK_WAIT_SPIN;

	spec->depth = o->iodepth;
	spec->reads = td_read(td) || o->verify != VERIFY_NONE;
	spec->writes = td_write(td) && !o->verify_only;
	spec->trims = td_trim(td) || o->trim_percentage || o->trim_backlog;
	if (spec->reads)
		spec->max_bytes = o->max_bs[DDIR_READ];
	if (td_write(td) && o->max_bs[DDIR_WRITE] > spec->max_bytes)
		spec->max_bytes = o->max_bs[DDIR_WRITE];
	spec->max_trim_bytes = o->max_bs[DDIR_TRIM];
	spec->trim_ranges = vblk_num_range(td);
	spec->trim = trim_kind(options->trim);
	spec->zbd = o->zone_mode == ZONE_MODE_ZBD;

	if (o->read_iolog_file) {
		replay_scan(&replay, o->read_iolog_file);
		read_replay(spec, &replay);
	}
	ret = names_read(spec, &replay);
	replay_free(&replay);

	/* Each of fio's buffers has the size of the largest block size. A job that only trims has
	 * no buffers. */
	largest = spec->max_bytes;
	for (ddir = 0; ddir < DDIR_TRIM; ddir++)
		largest = o->max_bs[ddir] > largest ? o->max_bs[ddir] : largest;
	if (vblk_trims_have_buffers(td) && spec->max_trim_bytes > largest)
		largest = spec->max_trim_bytes;
	if (td_read(td) || td_write(td) || o->read_iolog_file)
		spec->buffer_bytes = largest * spec->depth + vblk_iomem_padding(td);
	/* With several ranges per trim, fio stores the ranges in the buffer of the trim. */
	if (td_trim(td) && spec->trim_ranges > 1)
		spec->buffer_bytes = (unsigned long long)spec->trim_ranges *
					     sizeof(struct vblk_trim_range) * spec->depth +
				     vblk_iomem_padding(td);
	return ret;
}

/**
 * job_spec_schedule - read when a job runs, for the assignment of queues
 * @td: fio's view of the job, which may use any engine
 * @when: filled in
 */
void job_spec_schedule(const struct thread_data *td, struct assign_job *when)
{
	const struct thread_options *o = &td->o;

	when->name = o->name;
	when->wait_for = o->wait_for;
	when->stonewall = o->stonewall;
	when->delayed = o->start_delay || o->start_delay_high;
	when->pin = QUEUE_ANY;
}

/**
 * job_spec_segments - compute the number of data descriptors that a read or write of a job needs
 * @spec: what the job requires
 * @dev: device
 *
 * Returns at most the limit of the device, because larger transfers are split.
 */
unsigned int job_spec_segments(const struct job_spec *spec, const struct blk_dev *dev)
{
	unsigned long long pieces = (spec->max_bytes + dev->size_max - 1) / dev->size_max;

	if (pieces < spec->options.segments)
		pieces = spec->options.segments;
	return pieces < dev->seg_max ? (unsigned int)pieces : dev->seg_max;
}

/* Return the maximum number of segments that a trim of a job has. */
static uint64_t trim_segments(const struct job_spec *spec, const struct blk_dev *dev)
{
	return blk_range_pieces(&dev->range[spec->trim], spec->max_trim_bytes) * spec->trim_ranges;
}

/**
 * job_spec_trim_segments - compute the number of segments that a request of a job's trims needs
 * @spec: what the job requires
 * @dev: device
 *
 * Returns at most the number of segments that the device accepts in one request and that fit into
 * one descriptor (REQ-5); 0 if the device does not support the type of request.
 */
unsigned int job_spec_trim_segments(const struct job_spec *spec, const struct blk_dev *dev)
{
	uint64_t room = dev->size_max / sizeof(struct virtio_blk_discard_write_zeroes), n;
	const struct blk_range_limits *limits = &dev->range[spec->trim];

	if (!limits->max_bytes)
		return 0;
	n = trim_segments(spec, dev);
	if (n > limits->max_segments)
		n = limits->max_segments;
	return (unsigned int)(n < room ? n : room);
}

/**
 * job_spec_requests - compute the maximum number of requests that one io_u of a job needs
 * @spec: what the job requires
 * @dev: device
 */
uint64_t job_spec_requests(const struct job_spec *spec, const struct blk_dev *dev)
{
	uint64_t most = blk_dev_request_bytes(dev, job_spec_segments(spec, dev));
	uint64_t transfer = most ? (spec->max_bytes + most - 1) / most : 1, trim = 1;
	unsigned int each = job_spec_trim_segments(spec, dev);

	if (spec->trims && each)
		trim = (trim_segments(spec, dev) + each - 1) / each;
	return transfer > trim ? transfer : trim;
}
