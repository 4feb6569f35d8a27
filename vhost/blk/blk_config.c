// SPDX-License-Identifier: GPL-2.0-only
/* The configuration space of a virtio-blk device (VIRTIO 1.3, 5.2.4). */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_internal.h"
#include "virtq/base.h"

#define CONFIG_END(field)                                      \
	(uint32_t)(offsetof(struct virtio_blk_config, field) + \
		   sizeof(((struct virtio_blk_config *)0)->field))

/* For each feature that adds fields to the configuration space: the offset at which the fields end
 * (VIRTIO 1.3, 5.2.4). */
static const struct {
	unsigned int feature;
	uint32_t end;
} config_parts[] = {
	{ VIRTIO_BLK_F_SIZE_MAX, CONFIG_END(size_max) },
	{ VIRTIO_BLK_F_SEG_MAX, CONFIG_END(seg_max) },
	{ VIRTIO_BLK_F_GEOMETRY, CONFIG_END(geometry) },
	{ VIRTIO_BLK_F_BLK_SIZE, CONFIG_END(blk_size) },
	{ VIRTIO_BLK_F_TOPOLOGY, CONFIG_END(opt_io_size) },
	{ VIRTIO_BLK_F_CONFIG_WCE, CONFIG_END(wce) },
	{ VIRTIO_BLK_F_MQ, CONFIG_END(num_queues) },
	{ VIRTIO_BLK_F_DISCARD, CONFIG_END(discard_sector_alignment) },
	{ VIRTIO_BLK_F_WRITE_ZEROES, CONFIG_END(unused1) },
	{ VIRTIO_BLK_F_SECURE_ERASE, CONFIG_END(secure_erase_sector_alignment) },
	{ VIRTIO_BLK_F_ZONED, BLK_ZONE_CONFIG_OFFSET + sizeof(struct blk_zone_config) },
};

/*
 * Handle a deviation from the specification that does no harm. Return 0, so that the driver ignores
 * the deviation; with vblk_strict=1, record an error instead and return -EPROTO.
 */
static __attribute__((format(printf, 2, 3))) int deviation(struct blk_dev *dev, const char *format,
							   ...)
{
	char text[ERROR_BYTES];
	va_list args;

	if (!dev->transport.strict)
		return 0;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_set(&dev->error, -EPROTO, "%s (vblk_strict)", text);
}

/* The fields that this driver knows. */
struct config {
	struct virtio_blk_config blk;
	struct blk_zone_config zoned;
};

/*
 * Read the bytes of the configuration space that the offered features define (CONF-3). A device may
 * have fewer bytes: @got is set to the number of bytes read, and the remaining fields are 0.
 */
static int read_config(struct blk_dev *dev, struct config *config, uint32_t *got)
{
	uint8_t space[BLK_ZONE_CONFIG_OFFSET + sizeof(struct blk_zone_config)] = { 0 };
	struct transport *t = &dev->transport;
	uint32_t want = CONFIG_END(capacity);
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(config_parts); i++)
		if (dev->offered & FEATURE(config_parts[i].feature) && config_parts[i].end > want)
			want = config_parts[i].end;

	ret = t->ops->read_config(t, space, want, got);
	if (ret)
		return blk_dev_fail_transport(dev, ret);
	memcpy(&config->blk, space, sizeof(config->blk));
	memcpy(&config->zoned, space + BLK_ZONE_CONFIG_OFFSET, sizeof(config->zoned));
	return 0;
}

/* Check that the device returned every field in use (CONF-2, CONF-3). @got: bytes returned. */
static int check_config_size(struct blk_dev *dev, uint32_t got)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(config_parts); i++) {
		if (!blk_dev_has(dev, config_parts[i].feature) || config_parts[i].end <= got)
			continue;
		return error_set(
			&dev->error, -EPROTO,
			"configuration space has %u bytes, too few for the field that %s needs",
			got, feature_name(config_parts[i].feature));
	}
	if (got < CONFIG_END(capacity))
		return error_set(&dev->error, -EPROTO,
				 "configuration space is too small for the capacity");
	return 0;
}

static int use_blocks(struct blk_dev *dev, const struct virtio_blk_config *config)
{
	uint64_t sectors = le64toh(config->capacity);

	if (sectors > INT64_MAX / BLK_SECTOR_BYTES)
		return error_set(&dev->error, -EPROTO,
				 "device reports a capacity of more than 8 EiB");
	dev->block_bytes = BLK_SECTOR_BYTES;
	if (blk_dev_has(dev, VIRTIO_BLK_F_BLK_SIZE))
		dev->block_bytes = le32toh(config->blk_size);
	if (dev->block_bytes < BLK_SECTOR_BYTES || (dev->block_bytes & (dev->block_bytes - 1)))
		return error_set(&dev->error, -EPROTO,
				 "device reports an invalid logical block size, %u bytes",
				 dev->block_bytes);
	dev->capacity_bytes = sectors * BLK_SECTOR_BYTES & ~(uint64_t)(dev->block_bytes - 1);
	if (blk_dev_has(dev, VIRTIO_BLK_F_TOPOLOGY)) {
		dev->physical_block_exp = config->physical_block_exp;
		dev->alignment_offset = config->alignment_offset;
		dev->min_io_blocks = le16toh(config->min_io_size);
		dev->opt_io_blocks = le32toh(config->opt_io_size);
	}
	return 0;
}

/*
 * Check a limit that belongs to a feature. A limit of 0 is a deviation and means that there is no
 * limit: qemu-storage-daemon offers SIZE_MAX and SEG_MAX, but its size_max is 0.
 */
static int check_limit(struct blk_dev *dev, unsigned int feature, uint32_t limit)
{
	const char *name = feature_name(feature);

	if (!blk_dev_has(dev, feature) || limit)
		return 0;
	return deviation(
		dev,
		"device offers %s but reports a value of 0; vblk_features=-%s turns the feature off",
		name, name);
}

static int use_transfer_limits(struct blk_dev *dev, const struct virtio_blk_config *config)
{
	if (check_limit(dev, VIRTIO_BLK_F_SEG_MAX, config->seg_max) ||
	    check_limit(dev, VIRTIO_BLK_F_SIZE_MAX, config->size_max))
		return -EPROTO;
	dev->seg_max = BLK_DEV_SEGMENTS_UNLIMITED;
	if (blk_dev_has(dev, VIRTIO_BLK_F_SEG_MAX) && config->seg_max)
		dev->seg_max = le32toh(config->seg_max);
	dev->size_max = BLK_DEV_SIZE_UNLIMITED;
	if (blk_dev_has(dev, VIRTIO_BLK_F_SIZE_MAX) && config->size_max)
		dev->size_max = le32toh(config->size_max) & ~(BLK_SECTOR_BYTES - 1);
	if (dev->size_max < BLK_SECTOR_BYTES)
		return error_set(&dev->error, -EPROTO,
				 "device reports a size_max of less than one sector (512 bytes)");
	return 0;
}

/*
 * Set the limits of one kind of range request. A limit of 0 means that the device did not report
 * the limit: assume that the length of a segment is unlimited, and that a request may have one
 * segment, which every device must accept. If a segment cannot hold a logical block, @max_bytes of
 * the limits becomes 0 and requests of this kind cannot be used. Only jobs that need them fail.
 */
static int use_range_limits(struct blk_dev *dev, enum blk_range_kind kind, uint32_t max_sectors,
			    uint32_t max_segments, uint32_t align_sectors)
{
	struct blk_range_limits *limits = &dev->range[kind];

	if (!blk_dev_has(dev, blk_range_feature(kind)))
		return 0;
	if ((!max_sectors || !max_segments) &&
	    deviation(dev, "device offers %s but limits a request to %u segments of %u sectors",
		      blk_range_name(kind), max_segments, max_sectors))
		return -EPROTO;
	limits->max_bytes = (uint64_t)(max_sectors ? max_sectors : UINT32_MAX) * BLK_SECTOR_BYTES;
	limits->max_bytes &= ~(uint64_t)(dev->block_bytes - 1);
	limits->max_segments = max_segments ? max_segments : 1;
	limits->align_bytes = (uint64_t)(align_sectors ? align_sectors : 1) * BLK_SECTOR_BYTES;
	/* Ranges can be split only on block boundaries: round up to whole blocks. */
	limits->split_bytes = limits->align_bytes;
	while (limits->split_bytes % dev->block_bytes)
		limits->split_bytes *= 2;
	if (limits->max_bytes)
		return 0;
	return deviation(
		dev,
		"device offers %s but limits a segment to %u sectors, which is less than its logical block",
		blk_range_name(kind), max_sectors);
}

static int use_zones(struct blk_dev *dev, const struct blk_zone_config *config)
{
	struct blk_zoned *zoned = &dev->zoned;

	if (!(dev->offered & FEATURE(VIRTIO_BLK_F_ZONED)))
		return 0;
	/* A host-managed device needs sequential writes even if ZONED is not accepted (BLK-3). */
	if (!blk_dev_has(dev, VIRTIO_BLK_F_ZONED))
		return config->model == BLK_ZONE_MODEL_HOST_MANAGED
			       ? error_set(
					 &dev->error, -ENOTSUP,
					 "device is host-managed and cannot be used without the feature zoned (vblk_features)")
			       : 0;
	if (config->model > BLK_ZONE_MODEL_HOST_AWARE)
		return error_set(&dev->error, -EPROTO, "device has an unknown zoned model, %u",
				 config->model);
	zoned->model = config->model;
	if (zoned->model == BLK_ZONE_MODEL_NONE)
		return 0;
	zoned->zone_bytes = (uint64_t)le32toh(config->zone_sectors) * BLK_SECTOR_BYTES;
	zoned->max_open = le32toh(config->max_open_zones);
	zoned->max_active = le32toh(config->max_active_zones);
	zoned->max_append_bytes = (uint64_t)le32toh(config->max_append_sectors) * BLK_SECTOR_BYTES;
	zoned->write_granularity_bytes = le32toh(config->write_granularity);
	if (!zoned->zone_bytes || zoned->zone_bytes % dev->block_bytes ||
	    zoned->write_granularity_bytes % BLK_SECTOR_BYTES)
		return error_set(
			&dev->error, -EPROTO,
			"device reports an invalid zone size or write granularity: zones of %llu bytes, write granularity %u bytes, logical block %u bytes",
			(unsigned long long)zoned->zone_bytes, zoned->write_granularity_bytes,
			dev->block_bytes);
	if (zoned->write_granularity_bytes < dev->block_bytes)
		zoned->write_granularity_bytes = dev->block_bytes;
	return 0;
}

/**
 * blk_config_read - read the configuration space, and set sizes and limits in @dev
 * @dev: device, @dev->features set
 * @queues: set to the num_queues field, which is valid only with VIRTIO_BLK_F_MQ
 *
 * Returns 0, or a negative errno with a message in @dev->error.
 */
int blk_config_read(struct blk_dev *dev, uint16_t *queues)
{
	const struct virtio_blk_config *blk;
	struct config config;
	uint32_t got;
	int ret = read_config(dev, &config, &got);

	blk = &config.blk;
	if (!ret)
		ret = check_config_size(dev, got);
	if (!ret)
		ret = use_blocks(dev, blk);
	if (!ret)
		ret = use_transfer_limits(dev, blk);
	if (!ret)
		ret = use_range_limits(dev, BLK_DISCARD, le32toh(blk->max_discard_sectors),
				       le32toh(blk->max_discard_seg),
				       le32toh(blk->discard_sector_alignment));
	if (!ret)
		ret = use_range_limits(dev, BLK_WRITE_ZEROES,
				       le32toh(blk->max_write_zeroes_sectors),
				       le32toh(blk->max_write_zeroes_seg), 0);
	if (!ret)
		ret = use_range_limits(dev, BLK_SECURE_ERASE,
				       le32toh(blk->max_secure_erase_sectors),
				       le32toh(blk->max_secure_erase_seg),
				       le32toh(blk->secure_erase_sector_alignment));
	if (!ret)
		ret = use_zones(dev, &config.zoned);
	if (ret)
		return ret;
	dev->write_zeroes_may_unmap =
		blk_dev_has(dev, VIRTIO_BLK_F_WRITE_ZEROES) && blk->write_zeroes_may_unmap;
	*queues = le16toh(blk->num_queues);
	return 0;
}

/**
 * blk_dev_read_capacity - read the capacity of a device again
 * @dev: device, opened, started or not
 * @bytes: set to the current capacity in bytes, rounded down to whole logical blocks
 *
 * @dev->capacity_bytes does not change, because requests are checked against that value. Returns 0,
 * or a negative errno with a message in @dev->error.
 */
int blk_dev_read_capacity(struct blk_dev *dev, uint64_t *bytes)
{
	struct config config;
	uint64_t sectors;
	uint32_t got;
	int ret = read_config(dev, &config, &got);

	if (!ret)
		ret = check_config_size(dev, got);
	sectors = ret ? 0 : le64toh(config.blk.capacity);
	if (sectors > INT64_MAX / BLK_SECTOR_BYTES)
		ret = error_set(&dev->error, -EPROTO,
				"device reports a capacity of more than 8 EiB");
	if (!ret)
		*bytes = sectors * BLK_SECTOR_BYTES & ~(uint64_t)(dev->block_bytes - 1);
	return ret;
}

/**
 * blk_config_read_cache_mode - find out whether the device has a volatile cache
 * @dev: device; FEATURES_OK must be set before the field `writeback` may be read (BLK-1, BLK-2)
 *
 * Returns 0, or a negative errno with a message in @dev->error.
 */
int blk_config_read_cache_mode(struct blk_dev *dev)
{
	struct config config;
	uint32_t got;
	int ret;

	dev->writeback = blk_dev_has(dev, VIRTIO_BLK_F_FLUSH);
	if (!blk_dev_has(dev, VIRTIO_BLK_F_CONFIG_WCE))
		return 0;
	ret = read_config(dev, &config, &got);
	if (!ret)
		ret = check_config_size(dev, got);
	if (!ret)
		dev->writeback = config.blk.wce;
	return ret;
}

/**
 * blk_dev_set_writeback - choose between a write-back and a write-through cache
 * @dev: device, opened and not started, because no request may be outstanding
 * @writeback: true: the cache is volatile, and a write is durable only after a FLUSH; false: a
 *	write is durable when it completes
 *
 * The driver may choose the mode if VIRTIO_BLK_F_CONFIG_WCE was negotiated (VIRTIO 1.3, 5.2.6.1).
 * Returns 0; -ENOTSUP if the device has the other mode and the driver cannot change it; or another
 * negative errno. On failure there is a message in @dev->error.
 */
int blk_dev_set_writeback(struct blk_dev *dev, bool writeback)
{
	struct transport *t = &dev->transport;
	uint8_t value = writeback;
	int ret;

	if (dev->writeback == writeback)
		return 0;
	if (!blk_dev_has(dev, VIRTIO_BLK_F_CONFIG_WCE))
		return error_set(
			&dev->error, -ENOTSUP,
			writeback
				? "device is in write-through mode and does not let the driver change it (vblk_writeback=1 needs VIRTIO_BLK_F_CONFIG_WCE)"
				: "device is in write-back mode and does not let the driver change it (vblk_writeback=0 needs VIRTIO_BLK_F_CONFIG_WCE; or use vblk_features=-flush)");
	ret = t->ops->write_config(t, offsetof(struct virtio_blk_config, wce), &value,
				   sizeof(value));
	if (ret)
		return blk_dev_fail_transport(dev, ret);
	ret = blk_config_read_cache_mode(dev);
	if (!ret && dev->writeback != writeback)
		ret = error_set(
			&dev->error, -EPROTO,
			writeback ? "device did not turn its write-back cache on as requested"
				  : "device did not turn its write-back cache off as requested");
	return ret;
}

/**
 * blk_config_width - get the width of a field of the configuration space
 * @offset: offset of the field in bytes
 *
 * For transports that must read each field with an access of the width of the field (VIRTIO 1.3,
 * 4.1.3.1). Returns 1, 2 or 4 bytes. A 64-bit field counts as two 32-bit fields.
 */
uint32_t blk_config_width(uint32_t offset)
{
	switch (offset) {
	case offsetof(struct virtio_blk_config, geometry.cylinders):
	case offsetof(struct virtio_blk_config, min_io_size):
	case offsetof(struct virtio_blk_config, num_queues):
		return 2;
	case offsetof(struct virtio_blk_config, geometry.heads):
	case offsetof(struct virtio_blk_config, geometry.sectors):
	case offsetof(struct virtio_blk_config, physical_block_exp):
	case offsetof(struct virtio_blk_config, alignment_offset):
	case offsetof(struct virtio_blk_config, wce):
	case offsetof(struct virtio_blk_config, unused):
		return 1;
	}
	/* write_zeroes_may_unmap, the zoned model, and the padding bytes after each of them. */
	if ((offset >= offsetof(struct virtio_blk_config, write_zeroes_may_unmap) &&
	     offset < CONFIG_END(unused1)) ||
	    offset >= BLK_ZONE_CONFIG_OFFSET + offsetof(struct blk_zone_config, model))
		return 1;
	return 4;
}
