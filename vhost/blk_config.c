// SPDX-License-Identifier: GPL-2.0-only
/* A virtio-blk device's configuration space (VIRTIO 1.3, 5.2.4). */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vhost/blk_config.h"

#define CONFIG_END(field)                                      \
	(uint32_t)(offsetof(struct virtio_blk_config, field) + \
		   sizeof(((struct virtio_blk_config *)0)->field))

/* Zones: newer than the kernel headers of the oldest systems this builds on. */
#define ZONED_MODEL		 92u
#define ZONED_MODEL_HOST_MANAGED 1u
#define ZONED_END		 96u

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
	{ VIRTIO_BLK_F_SECURE_ERASE, 72 },
	{ VIRTIO_BLK_F_ZONED, ZONED_END },
};

/* Sizes that back-ends are known to insist on, tried when the one the features define is not
 * answered. */
static const uint32_t config_sizes[] = { 60, 72, 96, 57, 36, 24, 8, VHOST_USER_CONFIG_BYTES_MAX };

/*
 * Reads the configuration space as far as it goes. Some back-ends answer only requests of exactly
 * their own size, so ask for what the offered features define first (CONF-3, VU-9).
 */
static int read_config(struct blk_dev *dev, struct virtio_blk_config *config, uint32_t *got)
{
	uint8_t space[VHOST_USER_CONFIG_BYTES_MAX];
	uint32_t want = CONFIG_END(capacity);
	size_t i;
	int ret;

	for (i = 0; i < sizeof(config_parts) / sizeof(*config_parts); i++)
		if (dev->offered & FEATURE(config_parts[i].feature) && config_parts[i].end > want)
			want = config_parts[i].end;

	memset(config, 0, sizeof(*config));
	ret = vhost_user_get_config(&dev->vu, space, want, got);
	for (i = 0; !ret && !*got && i < sizeof(config_sizes) / sizeof(*config_sizes); i++)
		ret = vhost_user_get_config(&dev->vu, space, config_sizes[i], got);
	if (ret)
		return blk_dev_fail_vu(dev, ret);
	if (!*got)
		return blk_dev_fail(
			dev, -EPROTO,
			"back-end answers GET_CONFIG with nothing, whatever size is asked for");
	memcpy(config, space, *got < sizeof(*config) ? *got : sizeof(*config));
	/* Its sectors can't be written in any order, whether or not zones are accepted (BLK-3). */
	if (dev->offered & FEATURE(VIRTIO_BLK_F_ZONED) && *got > ZONED_MODEL &&
	    space[ZONED_MODEL] == ZONED_MODEL_HOST_MANAGED)
		return blk_dev_fail(dev, -ENOTSUP, "device is host-managed (VIRTIO_BLK_F_ZONED)");
	return 0;
}

/* A field in use must have been answered (CONF-2, CONF-3). */
static int check_config_size(struct blk_dev *dev, uint32_t got)
{
	size_t i;

	for (i = 0; i < sizeof(config_parts) / sizeof(*config_parts); i++) {
		if (!blk_dev_has(dev, config_parts[i].feature) || config_parts[i].end <= got)
			continue;
		snprintf(dev->error, sizeof(dev->error),
			 "configuration space has %u bytes, too few for the field that %s needs",
			 got, feature_name(config_parts[i].feature));
		return -EPROTO;
	}
	if (got < CONFIG_END(capacity))
		return blk_dev_fail(dev, -EPROTO,
				    "configuration space is too small for the capacity");
	return 0;
}

static int use_config(struct blk_dev *dev, const struct virtio_blk_config *config)
{
	uint64_t align;
	uint64_t sectors = le64toh(config->capacity);

	if (sectors > INT64_MAX / BLK_SECTOR_BYTES)
		return blk_dev_fail(dev, -EPROTO, "device says it is larger than 8 EiB");
	dev->capacity_bytes = sectors * BLK_SECTOR_BYTES;

	dev->block_bytes = BLK_SECTOR_BYTES;
	if (blk_dev_has(dev, VIRTIO_BLK_F_BLK_SIZE))
		dev->block_bytes = le32toh(config->blk_size);
	if (dev->block_bytes < BLK_SECTOR_BYTES || (dev->block_bytes & (dev->block_bytes - 1))) {
		snprintf(dev->error, sizeof(dev->error), "device says its logical block size is %u",
			 dev->block_bytes);
		return -EPROTO;
	}
	/* qemu-storage-daemon offers both features and a size_max of 0: a limit of nothing is no
	 * limit. */
	dev->seg_max = BLK_DEV_SEGMENTS_UNLIMITED;
	if (blk_dev_has(dev, VIRTIO_BLK_F_SEG_MAX) && config->seg_max)
		dev->seg_max = le32toh(config->seg_max);
	dev->size_max = BLK_DEV_SIZE_UNLIMITED;
	if (blk_dev_has(dev, VIRTIO_BLK_F_SIZE_MAX) && config->size_max)
		dev->size_max = le32toh(config->size_max) & ~(BLK_SECTOR_BYTES - 1);
	if (dev->size_max < BLK_SECTOR_BYTES)
		return blk_dev_fail(
			dev, -EPROTO,
			"device says that a segment holds less than a sector (size_max)");

	if (blk_dev_has(dev, VIRTIO_BLK_F_DISCARD)) {
		dev->discard_max_bytes =
			(uint64_t)le32toh(config->max_discard_sectors) * BLK_SECTOR_BYTES;
		align = (uint64_t)le32toh(config->discard_sector_alignment) * BLK_SECTOR_BYTES;
		/* Where a discard is split, it is at a multiple of what the device prefers (REQ-5).
		 */
		if (align && align < dev->discard_max_bytes)
			dev->discard_max_bytes -= dev->discard_max_bytes % align;
		dev->discard_max_segments = le32toh(config->max_discard_seg);
		if (!dev->discard_max_bytes || !dev->discard_max_segments)
			return blk_dev_fail(dev, -EPROTO,
					    "device offers discard with limits of zero");
	}
	return 0;
}

/**
 * blk_config_read - read the configuration space, and set @dev's limits by it
 * @dev: device, features chosen
 * @config: set to what it answered
 */
int blk_config_read(struct blk_dev *dev, struct virtio_blk_config *config)
{
	uint32_t got;
	int ret = read_config(dev, config, &got);

	if (!ret)
		ret = check_config_size(dev, got);
	return ret ? ret : use_config(dev, config);
}

/**
 * blk_config_read_cache_mode - find out whether the device has a volatile cache
 * @dev: device, FEATURES_OK set: not before may the field be read (BLK-1, BLK-2)
 */
int blk_config_read_cache_mode(struct blk_dev *dev)
{
	struct virtio_blk_config config;
	uint32_t got;
	int ret;

	dev->writeback = blk_dev_has(dev, VIRTIO_BLK_F_FLUSH);
	if (!blk_dev_has(dev, VIRTIO_BLK_F_CONFIG_WCE))
		return 0;
	ret = read_config(dev, &config, &got);
	if (!ret)
		ret = check_config_size(dev, got);
	if (!ret)
		dev->writeback = config.wce;
	return ret;
}
