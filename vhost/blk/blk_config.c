// SPDX-License-Identifier: GPL-2.0-only
/* A virtio-blk device's configuration space (VIRTIO 1.3, 5.2.4). */
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

/* The parts of the configuration space and the feature that each exists with (VIRTIO 1.3, 5.2.4).
 */
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
 * What the device says is against the specification and does no harm: gone past, or an error where
 * the user is strict.
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

/* As much of it as this driver knows. */
struct config {
	struct virtio_blk_config blk;
	struct blk_zone_config zoned;
};

/* Reads the configuration space as far as the offered features define it, or as it goes (CONF-3).
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

/* A field in use must have been answered (CONF-2, CONF-3). */
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
		return error_set(&dev->error, -EPROTO, "device says it is larger than 8 EiB");
	dev->block_bytes = BLK_SECTOR_BYTES;
	if (blk_dev_has(dev, VIRTIO_BLK_F_BLK_SIZE))
		dev->block_bytes = le32toh(config->blk_size);
	if (dev->block_bytes < BLK_SECTOR_BYTES || (dev->block_bytes & (dev->block_bytes - 1)))
		return error_set(&dev->error, -EPROTO, "device says its logical block size is %u",
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

/* qemu-storage-daemon offers both features and a size_max of 0: a limit of nothing is no limit. */
static int check_limit(struct blk_dev *dev, unsigned int feature, uint32_t limit)
{
	const char *name = feature_name(feature);

	if (!blk_dev_has(dev, feature) || limit)
		return 0;
	return deviation(dev, "device offers %s and says it is 0; vblk_features=-%s does without",
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
				 "device says that a segment holds less than a sector (size_max)");
	return 0;
}

/*
 * A feature with limits of nothing would be there for nothing: the device has not said any. One
 * segment is what every device takes. Where it does not take a whole block at a time, it can't be
 * used: that concerns nobody but those who want to.
 */
static int use_range_limits(struct blk_dev *dev, enum blk_range_kind kind, uint32_t max_sectors,
			    uint32_t max_segments, uint32_t align_sectors)
{
	struct blk_range_limits *limits = &dev->range[kind];

	if (!blk_dev_has(dev, blk_range_feature(kind)))
		return 0;
	if ((!max_sectors || !max_segments) &&
	    deviation(dev, "device offers %s by %u sectors and %u segments at most",
		      blk_range_name(kind), max_sectors, max_segments))
		return -EPROTO;
	limits->max_bytes = (uint64_t)(max_sectors ? max_sectors : UINT32_MAX) * BLK_SECTOR_BYTES;
	limits->max_bytes &= ~(uint64_t)(dev->block_bytes - 1);
	limits->max_segments = max_segments ? max_segments : 1;
	limits->align_bytes = (uint64_t)(align_sectors ? align_sectors : 1) * BLK_SECTOR_BYTES;
	/* A place within a block is none where a range can be split. */
	limits->split_bytes = limits->align_bytes;
	while (limits->split_bytes % dev->block_bytes)
		limits->split_bytes *= 2;
	if (limits->max_bytes)
		return 0;
	return deviation(
		dev, "device offers %s by %u sectors at most, which is less than its logical block",
		blk_range_name(kind), max_sectors);
}

static int use_zones(struct blk_dev *dev, const struct blk_zone_config *config)
{
	struct blk_zoned *zoned = &dev->zoned;

	if (!(dev->offered & FEATURE(VIRTIO_BLK_F_ZONED)))
		return 0;
	/* Its sectors can't be written in any order, whether or not zones are accepted (BLK-3). */
	if (!blk_dev_has(dev, VIRTIO_BLK_F_ZONED))
		return config->model == BLK_ZONE_MODEL_HOST_MANAGED
			       ? error_set(
					 &dev->error, -ENOTSUP,
					 "device is host-managed, and cannot be used without zoned (vblk_features)")
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
			"device has zones of %llu bytes, written by %u, where its logical block is %u",
			(unsigned long long)zoned->zone_bytes, zoned->write_granularity_bytes,
			dev->block_bytes);
	if (zoned->write_granularity_bytes < dev->block_bytes)
		zoned->write_granularity_bytes = dev->block_bytes;
	return 0;
}

/**
 * blk_config_read - read the configuration space, and set @dev's limits by it
 * @dev: device, features chosen
 * @queues: set to its number of queues, which counts with VIRTIO_BLK_F_MQ
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
 * blk_dev_read_capacity - read the device's size again
 * @dev: device, opened, running or not
 * @bytes: set to its size at present, in whole logical blocks
 *
 * Returns 0, or a negative errno with a sentence in @dev->error. @dev->capacity_bytes stays what it
 * is: that is what requests were checked against.
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
		ret = error_set(&dev->error, -EPROTO, "device says it is larger than 8 EiB");
	if (!ret)
		*bytes = sectors * BLK_SECTOR_BYTES & ~(uint64_t)(dev->block_bytes - 1);
	return ret;
}

/**
 * blk_config_read_cache_mode - find out whether the device has a volatile cache
 * @dev: device, FEATURES_OK set: not before may the field be read (BLK-1, BLK-2)
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
 * @dev: device, opened and not started: requests may not be outstanding
 * @writeback: a volatile cache, so that FLUSH matters; else what is acknowledged is durable
 *
 * VIRTIO 1.3, 5.2.6.1: with CONFIG_WCE the driver may say. Returns 0, -ENOTSUP where the device is
 * otherwise and cannot be changed, or another negative errno; with a sentence in @dev->error.
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
				? "device has no write-back cache to turn on (vblk_writeback=1 needs VIRTIO_BLK_F_CONFIG_WCE)"
				: "device does not let its driver turn the write-back cache off (vblk_writeback=0 needs VIRTIO_BLK_F_CONFIG_WCE; vblk_features=-flush does without)");
	ret = t->ops->write_config(t, offsetof(struct virtio_blk_config, wce), &value,
				   sizeof(value));
	if (ret)
		return blk_dev_fail_transport(dev, ret);
	ret = blk_config_read_cache_mode(dev);
	if (!ret && dev->writeback != writeback)
		ret = error_set(&dev->error, -EPROTO,
				writeback ? "device was told to cache writes, and does not"
					  : "device was told not to cache writes, and does");
	return ret;
}

/**
 * blk_config_width - width of a field of the configuration space
 * @offset: where it begins
 *
 * For transports on which each field is read by an access of its own width (VIRTIO 1.3, 4.1.3.1).
 * Returns 1, 2 or 4: fields of 64 bits are two of 32.
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
	/* The two that end in a byte and its padding. */
	if ((offset >= offsetof(struct virtio_blk_config, write_zeroes_may_unmap) &&
	     offset < CONFIG_END(unused1)) ||
	    offset >= BLK_ZONE_CONFIG_OFFSET + offsetof(struct blk_zone_config, model))
		return 1;
	return 4;
}
