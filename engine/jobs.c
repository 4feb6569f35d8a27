// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/duration.h"
#include "engine/jobs.h"
#include "engine/names.h"
#include "engine/report.h"
#include "virtq/base.h"

/* fio lets a blktrace choose the depth where the user does not, up to this. */
#define BLKTRACE_DEPTH_MAX 1024

static void read_replay(struct vblk_ask *ask, const struct replay *replay)
{
	if (!replay->known)
		return;
	ask->reads |= replay->reads;
	ask->writes = replay->writes;
	ask->trims = replay->trims;
	if (replay->max_bytes > ask->max_bytes)
		ask->max_bytes = replay->max_bytes;
	if (replay->max_trim_bytes > ask->max_trim_bytes)
		ask->max_trim_bytes = replay->max_trim_bytes;
	if (replay->blktrace && !fio_option_is_set(&ask->td->o, iodepth))
		ask->depth = BLKTRACE_DEPTH_MAX;
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

/* Times are text to fio. One that is none is the job's mistake; then no other is made of it. */
static void read_times(struct vblk_ask *ask)
{
	struct vblk_options *o = &ask->options;
	const struct {
		const char *name;
		char **text;
		unsigned long long *us;
		unsigned int unit_us;
		unsigned long long harmless_us;
	} times[] = {
		{ "vblk_spin", &o->spin, &o->spin_us, 1, 0 },
		{ "vblk_timeout", &o->timeout, &o->timeout_us, 1000000, 1000000 },
		{ "vblk_io_timeout", &o->io_timeout, &o->io_timeout_us, 1000000, 0 },
		{ "vblk_reconnect", &o->reconnect, &o->reconnect_us, 1000000, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		long long us;

		*times[i].us = times[i].harmless_us;
		if (!duration_parse(*times[i].text, times[i].unit_us, &us))
			*times[i].us = (unsigned long long)us;
		else
			run_refuse(
				ask, NULL,
				"job '%s': %s=%s is not a time: say a number, and us, ms, s, m, h or d behind it",
				ask->td->o.name, times[i].name, *times[i].text);
		/* fio frees it. */
		*times[i].text = NULL;
	}
}

/**
 * vblk_ask_read - read what a job asks
 * @ask: filled in
 * @td: the job, as its options are before it starts
 *
 * Returns 0 or -ENOMEM.
 */
int vblk_ask_read(struct vblk_ask *ask, struct thread_data *td)
{
	const struct thread_options *o = &td->o;
	struct vblk_options *options = td->eo;
	struct replay replay = { 0 };
	unsigned long long largest;
	unsigned int ddir;
	int ret;

	ask->td = td;
	ask->options = *options;
	if (options->features)
		ask->options.features = strdup(options->features);
	if (options->stats)
		ask->options.stats = strdup(options->stats);
	if ((options->features && !ask->options.features) ||
	    (options->stats && !ask->options.stats))
		return -ENOMEM;
	read_times(ask);
	/* Any other wait may be the default. */
	if (options->hipri && options->wait == VBLK_WAIT_BLOCK)
		run_refuse(ask, NULL,
			   "job '%s' has hipri, which is vblk_wait=spin, and vblk_wait=block; say "
			   "one of them",
			   o->name);
	if (options->hipri)
		ask->options.wait = VBLK_WAIT_SPIN;

	ask->depth = o->iodepth;
	ask->reads = td_read(td) || o->verify != VERIFY_NONE;
	ask->writes = td_write(td) && !o->verify_only;
	ask->trims = td_trim(td) || o->trim_percentage || o->trim_backlog;
	if (ask->reads)
		ask->max_bytes = o->max_bs[DDIR_READ];
	if (td_write(td) && o->max_bs[DDIR_WRITE] > ask->max_bytes)
		ask->max_bytes = o->max_bs[DDIR_WRITE];
	ask->max_trim_bytes = o->max_bs[DDIR_TRIM];
	ask->trim_ranges = vblk_num_range(td);
	ask->trim = trim_kind(options->trim);
	ask->zbd = o->zone_mode == ZONE_MODE_ZBD;

	if (o->read_iolog_file) {
		replay_scan(&replay, o->read_iolog_file);
		read_replay(ask, &replay);
	}
	ret = names_read(ask, &replay);
	replay_free(&replay);

	/* fio sizes every buffer for the largest of all block sizes; a job that only trims has
	 * none. */
	largest = ask->max_bytes;
	for (ddir = 0; ddir < DDIR_TRIM; ddir++)
		largest = o->max_bs[ddir] > largest ? o->max_bs[ddir] : largest;
	if (vblk_trims_have_buffers(td) && ask->max_trim_bytes > largest)
		largest = ask->max_trim_bytes;
	if (td_read(td) || td_write(td) || o->read_iolog_file)
		ask->buffer_bytes = largest * ask->depth + vblk_iomem_padding(td);
	/* The ranges of a trim are in its buffer, if it has several. */
	if (td_trim(td) && ask->trim_ranges > 1)
		ask->buffer_bytes = (unsigned long long)ask->trim_ranges *
					    sizeof(struct vblk_trim_range) * ask->depth +
				    vblk_iomem_padding(td);
	return ret;
}

/**
 * vblk_job_when - when a job runs, for dealing queues
 * @td: job, of whatever engine
 * @when: filled in
 */
void vblk_job_when(const struct thread_data *td, struct deal_job *when)
{
	const struct thread_options *o = &td->o;

	when->name = o->name;
	when->wait_for = o->wait_for;
	when->stonewall = o->stonewall;
	when->delayed = o->start_delay || o->start_delay_high;
	when->pin = DEAL_ANY;
}

/* The first size or place in a job's options that is not a multiple of a unit; 0 = none. */
static unsigned long long odd_size(const struct thread_data *td, uint64_t unit, bool trims_only,
				   const char **what)
{
	const struct thread_options *o = &td->o;
	unsigned int ddir, i;

	for (ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++) {
		if ((ddir == DDIR_READ && !td_read(td)) || (ddir == DDIR_WRITE && !td_write(td)) ||
		    (ddir == DDIR_TRIM && !td_trim(td)) || (ddir != DDIR_TRIM && trims_only))
			continue;
		*what = "bs";
		for (i = 0; i < o->bssplit_nr[ddir]; i++)
			if (o->bssplit[ddir][i].bs % unit)
				return o->bssplit[ddir][i].bs;
		if (o->bs[ddir] % unit)
			return o->bs[ddir];
		if (o->min_bs[ddir] % unit)
			return o->min_bs[ddir];
		if (o->bs_unaligned && o->max_bs[ddir] != o->min_bs[ddir]) {
			*what = "bs_unaligned";
			return o->min_bs[ddir] + 1;
		}
		*what = "blockalign";
		if (o->ba[ddir] % unit)
			return o->ba[ddir];
	}
	/* fio begins with the next zone. */
	*what = "zonesize";
	if (o->zone_mode == ZONE_MODE_ZBD && o->td_ddir != TD_DDIR_READ)
		return o->zone_size % unit ? o->zone_size : 0;
	*what = "offset_increment";
	if (!o->offset_increment_percent && o->offset_increment % unit)
		return o->offset_increment;
	*what = "offset";
	return o->start_offset_percent || !(o->start_offset % unit) ? 0 : o->start_offset;
}

/* The next size or place that is a multiple of a unit. */
static unsigned long long fitting(unsigned long long size, uint64_t unit)
{
	return (size / unit + 1) * unit;
}

/* A job's sizes and places are multiples of what the device works in. */
static int check_sizes(const struct vblk_ask *ask, const struct blk_dev *dev, struct error *error)
{
	const struct blk_range_limits *erase = &dev->range[BLK_SECURE_ERASE];
	const struct thread_data *td = ask->td;
	unsigned long long size;
	const char *what;

	/* What a log has is seen when it comes. */
	if (td->o.read_iolog_file)
		return 0;
	size = odd_size(td, dev->block_bytes, false, &what);
	if (size && !strcmp(what, "bs_unaligned"))
		return error_set(
			error, -EINVAL,
			"job '%s' has bs_unaligned; its block sizes must be multiples of the device's logical block size %u",
			td->o.name, dev->block_bytes);
	if (size)
		return error_set(
			error, -EINVAL,
			"job '%s' has %s=%llu, which is no multiple of the device's logical block size %u; %llu would fit",
			td->o.name, what, size, dev->block_bytes, fitting(size, dev->block_bytes));
	if (!ask->trims || ask->trim != BLK_SECURE_ERASE || ask->zbd)
		return 0;
	size = odd_size(td, erase->align_bytes, true, &what);
	if (size)
		return error_set(
			error, -EINVAL,
			"job '%s' has %s=%llu, but the device erases in units of %llu bytes (secure_erase_sector_alignment); %llu would fit",
			td->o.name, what, size, (unsigned long long)erase->align_bytes,
			fitting(size, erase->align_bytes));
	return 0;
}

static int check_transfers(const struct vblk_ask *ask, const struct blk_dev *dev,
			   struct error *error)
{
	unsigned long long most = blk_dev_request_bytes(dev, dev->seg_max);

	if (ask->options.segments > dev->seg_max)
		return error_set(
			error, -EINVAL,
			"job '%s' has vblk_segments=%u, but the device takes %u segments at most (seg_max)",
			ask->td->o.name, ask->options.segments, dev->seg_max);
	if (!most)
		return error_set(
			error, -EINVAL,
			"the device's requests hold less than its logical block of %u bytes (seg_max %u, size_max %u)",
			dev->block_bytes, dev->seg_max, dev->size_max);
	if (ask->options.strict && ask->max_bytes > most)
		return error_set(
			error, -EINVAL,
			"job '%s' transfers %llu bytes at once, but the device takes %llu (seg_max %u, size_max %u), and vblk_strict=1 splits nothing",
			ask->td->o.name, ask->max_bytes, most, dev->seg_max, dev->size_max);
	return 0;
}

/* A feature's name as the specification writes it. */
static const char *upper_name(enum blk_range_kind kind)
{
	static const char *const names[BLK_RANGE_KINDS] = {
		[BLK_DISCARD] = "VIRTIO_BLK_F_DISCARD",
		[BLK_WRITE_ZEROES] = "VIRTIO_BLK_F_WRITE_ZEROES",
		[BLK_SECURE_ERASE] = "VIRTIO_BLK_F_SECURE_ERASE",
	};

	return names[kind];
}

static int check_trims(const struct vblk_ask *ask, const struct blk_dev *dev, struct error *error)
{
	const char *name = ask->td->o.name, *why;
	unsigned int bit = blk_range_feature(ask->trim);

	/* Zones are reset, whatever else the device can do; zones that only fio knows of, too. */
	if (!ask->trims || ask->zbd)
		return 0;
	if (!blk_dev_has(dev, bit)) {
		why = "does not offer";
		if (dev->offered & FEATURE(bit))
			why = dev->zoned.model == BLK_ZONE_MODEL_HOST_MANAGED &&
					      ask->trim == BLK_DISCARD
				      ? "is host-managed: zonemode=zbd resets zones, there is no"
				      : "was told not to";
		return error_set(error, -EINVAL, "job '%s' trims, but the device %s %s (%s)", name,
				 why, blk_range_name(ask->trim), upper_name(ask->trim));
	}
	if (!dev->range[ask->trim].max_bytes)
		return error_set(
			error, -EINVAL,
			"job '%s' trims, but the device offers %s by less than a logical block at a time (max_%s_sectors)",
			name, blk_range_name(ask->trim), blk_range_name(ask->trim));
	return 0;
}

/* The queue and the ring that a job asks for by number: are they to be had? */
static int check_queue(const struct vblk_ask *ask, const struct blk_dev *dev, struct error *error)
{
	unsigned int size = ask->options.queue_size, need = vblk_ask_segments(ask, dev) + 2;
	const char *name = ask->td->o.name;
	uint32_t most = dev->transport.ops->queues_max;
	int queue = ask->options.queue;

	if (queue >= 0 && most && (unsigned int)queue >= most)
		return error_set(error, -EINVAL,
				 "job '%s' has vblk_queue=%d, but %s has %u queues at most", name,
				 queue, dev->transport.name, most);
	if (queue >= 0 && (unsigned int)queue >= dev->queues_max)
		return error_set(
			error, -EINVAL,
			"job '%s' has vblk_queue=%d, but the back-end has %u queue%s (QEMU and its storage daemon: num-queues=)",
			name, queue, dev->queues_max, dev->queues_max == 1 ? "" : "s");
	if (size && !blk_dev_has(dev, VIRTIO_F_RING_PACKED) && (size & (size - 1)))
		return error_set(error, -EINVAL,
				 "job '%s': vblk_queue_size=%u is not a power of two", name, size);
	if (size && size < need)
		return error_set(
			error, -EINVAL,
			"job '%s': vblk_queue_size=%u has no room for a request of %u descriptors",
			name, size, need);
	return 0;
}

/**
 * vblk_ask_check - can a device do what a job asks?
 * @ask: job
 * @dev: device, opened
 * @error: why not
 *
 * Returns 0 or -EINVAL.
 */
int vblk_ask_check(const struct vblk_ask *ask, const struct blk_dev *dev, struct error *error)
{
	int ret = 0;

	if (blk_dev_has(dev, VIRTIO_BLK_F_RO) && (ask->writes || ask->trims))
		return error_set(error, -EINVAL,
				 "job '%s' %s, but the device is read-only (VIRTIO_BLK_F_RO)",
				 ask->td->o.name, ask->writes ? "writes" : "trims");
	ret = check_trims(ask, dev, error);
	if (!ret)
		ret = check_sizes(ask, dev, error);
	if (!ret)
		ret = check_transfers(ask, dev, error);
	return ret ? ret : check_queue(ask, dev, error);
}

/**
 * vblk_ask_segments - data descriptors that a job's requests need
 * @ask: job
 * @dev: device
 *
 * At most what the device takes: what is larger is split.
 */
unsigned int vblk_ask_segments(const struct vblk_ask *ask, const struct blk_dev *dev)
{
	unsigned long long pieces = (ask->max_bytes + dev->size_max - 1) / dev->size_max;

	if (pieces < ask->options.segments)
		pieces = ask->options.segments;
	return pieces < dev->seg_max ? (unsigned int)pieces : dev->seg_max;
}

/* Bound of the segments that a job's trims have in all. */
static uint64_t trim_segments(const struct vblk_ask *ask, const struct blk_dev *dev)
{
	return blk_range_pieces(&dev->range[ask->trim], ask->max_trim_bytes) * ask->trim_ranges;
}

/**
 * vblk_ask_trim_segments - segments that a request of a job's trims needs
 * @ask: job
 * @dev: device
 *
 * At most what the device takes in one, as one descriptor (REQ-5).
 */
unsigned int vblk_ask_trim_segments(const struct vblk_ask *ask, const struct blk_dev *dev)
{
	uint64_t room = dev->size_max / sizeof(struct virtio_blk_discard_write_zeroes), n;
	const struct blk_range_limits *limits = &dev->range[ask->trim];

	if (!limits->max_bytes)
		return 0;
	n = trim_segments(ask, dev);
	if (n > limits->max_segments)
		n = limits->max_segments;
	return (unsigned int)(n < room ? n : room);
}

/**
 * vblk_ask_requests - requests that one of a job's io_us can take
 * @ask: job
 * @dev: device
 */
uint64_t vblk_ask_requests(const struct vblk_ask *ask, const struct blk_dev *dev)
{
	uint64_t most = blk_dev_request_bytes(dev, vblk_ask_segments(ask, dev));
	uint64_t transfer = most ? (ask->max_bytes + most - 1) / most : 1, trim = 1;
	unsigned int each = vblk_ask_trim_segments(ask, dev);

	if (ask->trims && each)
		trim = (trim_segments(ask, dev) + each - 1) / each;
	return transfer > trim ? transfer : trim;
}
