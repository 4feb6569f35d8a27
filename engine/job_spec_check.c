// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engine/job_spec_check.h"

/* Return the first size or offset in a job's options that is not a multiple of @unit, or 0 if all
 * are multiples. Set @what to the name of the option. */
static unsigned long long unaligned_size(const struct thread_data *td, uint64_t unit,
					 bool trims_only, const char **what)
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
	/* fio rounds the offset up to the start of a zone, so only the zone size counts. */
	*what = "zonesize";
	if (o->zone_mode == ZONE_MODE_ZBD && o->td_ddir != TD_DDIR_READ)
		return o->zone_size % unit ? o->zone_size : 0;
	*what = "offset_increment";
	if (!o->offset_increment_percent && o->offset_increment % unit)
		return o->offset_increment;
	*what = "offset";
	return o->start_offset_percent || !(o->start_offset % unit) ? 0 : o->start_offset;
}

static unsigned long long next_multiple(unsigned long long size, uint64_t unit)
{
	return (size / unit + 1) * unit;
}

/* Check that the sizes and offsets of a job are multiples of the device's logical block size.
 * With vblk_trim=secure_erase, trims must also be multiples of secure_erase_sector_alignment. */
static int check_sizes(const struct job_spec *spec, const struct blk_dev *dev, struct error *error)
{
	const struct blk_range_limits *erase = &dev->range[BLK_SECURE_ERASE];
	const struct thread_data *td = spec->td;
	unsigned long long size;
	const char *what;

	/* The requests of a log are checked when fio queues them. */
	if (td->o.read_iolog_file)
		return 0;
	size = unaligned_size(td, dev->block_bytes, false, &what);
	if (size && !strcmp(what, "bs_unaligned"))
		return error_set(
			error, -EINVAL,
			"job '%s' has bs_unaligned, but its block sizes must be multiples of the device's logical block size %u",
			td->o.name, dev->block_bytes);
	if (size)
		return error_set(
			error, -EINVAL,
			"job '%s' has %s=%llu, which is not a multiple of the device's logical block size %u; the next multiple is %llu",
			td->o.name, what, size, dev->block_bytes,
			next_multiple(size, dev->block_bytes));
	if (!spec->trims || spec->trim != BLK_SECURE_ERASE || spec->zbd)
		return 0;
	size = unaligned_size(td, erase->align_bytes, true, &what);
	if (size)
		return error_set(
			error, -EINVAL,
			"job '%s' has %s=%llu, but the device erases in units of %llu bytes (secure_erase_sector_alignment); the next multiple is %llu",
			td->o.name, what, size, (unsigned long long)erase->align_bytes,
			next_multiple(size, erase->align_bytes));
	return 0;
}

static int check_transfers(const struct job_spec *spec, const struct blk_dev *dev,
			   struct error *error)
{
	unsigned long long most = blk_dev_request_bytes(dev, dev->seg_max);

	if (spec->options.segments > dev->seg_max)
		return error_set(
			error, -EINVAL,
			"job '%s' has vblk_segments=%u, but a request of the device holds at most %u segments (seg_max)",
			spec->td->o.name, spec->options.segments, dev->seg_max);
	if (!most)
		return error_set(
			error, -EINVAL,
			"a request of the device cannot hold one logical block of %u bytes (seg_max %u, size_max %u)",
			dev->block_bytes, dev->seg_max, dev->size_max);
	if (spec->options.strict && spec->max_bytes > most)
		return error_set(
			error, -EINVAL,
			"job '%s' transfers up to %llu bytes at once, but a request of the device holds at most %llu (seg_max %u, size_max %u), and vblk_strict=1 forbids splitting",
			spec->td->o.name, spec->max_bytes, most, dev->seg_max, dev->size_max);
	return 0;
}

/* Return the name that the specification has for the feature bit. */
static const char *feature_bit_name(enum blk_range_kind kind)
{
	static const char *const names[BLK_RANGE_KINDS] = {
		[BLK_DISCARD] = "VIRTIO_BLK_F_DISCARD",
		[BLK_WRITE_ZEROES] = "VIRTIO_BLK_F_WRITE_ZEROES",
		[BLK_SECURE_ERASE] = "VIRTIO_BLK_F_SECURE_ERASE",
	};

	return names[kind];
}

static int check_trims(const struct job_spec *spec, const struct blk_dev *dev, struct error *error)
{
	const char *name = spec->td->o.name, *why;
	unsigned int bit = blk_range_feature(spec->trim);

	/* With zonemode=zbd, trims reset zones, so the device need not support the request type of
	 * vblk_trim=. This is also true of zones that fio only emulates. */
	if (!spec->trims || spec->zbd)
		return 0;
	if (!blk_dev_has(dev, bit)) {
		why = "the device does not offer";
		if (dev->offered & FEATURE(bit))
			why = dev->zoned.model == BLK_ZONE_MODEL_HOST_MANAGED &&
					      spec->trim == BLK_DISCARD
				      ? "the device is host-managed: use zonemode=zbd, where trims reset zones, instead of"
				      : "vblk_features= forbids";
		return error_set(error, -EINVAL, "job '%s' trims, but %s %s (%s)", name, why,
				 blk_range_name(spec->trim), feature_bit_name(spec->trim));
	}
	if (!dev->range[spec->trim].max_bytes)
		return error_set(
			error, -EINVAL,
			"job '%s' trims, but the device's limit for %s is less than one logical block (max_%s_sectors)",
			name, blk_range_name(spec->trim), blk_range_name(spec->trim));
	return 0;
}

/* Check vblk_queue and vblk_queue_size of a job against the device. */
static int check_queue(const struct job_spec *spec, const struct blk_dev *dev, struct error *error)
{
	unsigned int size = spec->options.queue_size, need = job_spec_segments(spec, dev) + 2;
	const char *name = spec->td->o.name;
	uint32_t most = dev->transport.ops->queues_max;
	int queue = spec->options.queue;

	if (queue >= 0 && most && (unsigned int)queue >= most)
		return error_set(error, -EINVAL,
				 "job '%s' has vblk_queue=%d, but %s has %u queues at most", name,
				 queue, dev->transport.name, most);
	if (queue >= 0 && (unsigned int)queue >= dev->queues_max)
		return error_set(
			error, -EINVAL,
			"job '%s' has vblk_queue=%d, but the device has %u queue%s (QEMU and its storage daemon: num-queues=)",
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
 * job_spec_check - check that a device can do what a job requires
 * @spec: what the job requires
 * @dev: opened device
 * @error: set to the reason if the device cannot
 *
 * Returns 0 or -EINVAL.
 */
int job_spec_check(const struct job_spec *spec, const struct blk_dev *dev, struct error *error)
{
	int ret = 0;

	if (blk_dev_has(dev, VIRTIO_BLK_F_RO) && (spec->writes || spec->trims))
		return error_set(error, -EINVAL,
				 "job '%s' %s, but the device is read-only (VIRTIO_BLK_F_RO)",
				 spec->td->o.name, spec->writes ? "writes" : "trims");
	ret = check_trims(spec, dev, error);
	if (!ret)
		ret = check_sizes(spec, dev, error);
	if (!ret)
		ret = check_transfers(spec, dev, error);
	return ret ? ret : check_queue(spec, dev, error);
}
