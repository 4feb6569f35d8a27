// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost/blk_dev.h"

#define PROTOCOL_FEATURES                                                               \
	(FEATURE(VHOST_USER_PROTOCOL_F_MQ) | FEATURE(VHOST_USER_PROTOCOL_F_REPLY_ACK) | \
	 FEATURE(VHOST_USER_PROTOCOL_F_CONFIG) |                                        \
	 FEATURE(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS) |                           \
	 FEATURE(VHOST_USER_PROTOCOL_F_STATUS))

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

static int fail(struct blk_dev *dev, int err, const char *text)
{
	snprintf(dev->error, sizeof(dev->error), "%s", text);
	return err;
}

static int fail_vu(struct blk_dev *dev, int err)
{
	/* Nothing more is to be had from a back-end that does not answer. */
	dev->silent |= err == -ETIMEDOUT;
	return fail(dev, err, dev->vu.error);
}

/* The socket itself, before any message: most mistakes are made here. */
static int check_path(struct blk_dev *dev)
{
	struct stat st;

	if (stat(dev->path, &st)) {
		int err = errno;

		snprintf(dev->error, sizeof(dev->error),
			 "%s; filename= must name the back-end's vhost-user socket", strerror(err));
		return -err;
	}
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(dev->error, sizeof(dev->error), "is %s, not a vhost-user socket",
			 S_ISREG(st.st_mode)   ? "a regular file"
			 : S_ISDIR(st.st_mode) ? "a directory"
			 : S_ISBLK(st.st_mode) ? "a block device"
			 : S_ISCHR(st.st_mode) ? "a character device"
					       : "something else");
		return -ENOTSOCK;
	}
	return 0;
}

static uint64_t choose_features(const struct blk_dev *dev, const struct feature_wish *wish)
{
	uint64_t features = dev->offered & BLK_DEV_FEATURES & ~wish->forbid;

	/* Keeping order costs most devices something, so it is for those who want to see it. */
	if (!(wish->require & FEATURE(VIRTIO_F_IN_ORDER)))
		features &= ~FEATURE(VIRTIO_F_IN_ORDER);
	/* A cache that can be asked about but not flushed is of no use to anyone. */
	if (!(features & FEATURE(VIRTIO_BLK_F_FLUSH)))
		features &= ~FEATURE(VIRTIO_BLK_F_CONFIG_WCE);
	return features | (dev->offered & FEATURE(VHOST_USER_F_PROTOCOL_FEATURES));
}

static int negotiate(struct blk_dev *dev, const struct feature_wish *wish)
{
	uint64_t missing;
	int ret = vhost_user_get_features(&dev->vu, &dev->offered);

	if (ret)
		return fail_vu(dev, ret);
	if (!(dev->offered & FEATURE(VIRTIO_F_VERSION_1)))
		return fail(dev, -ENOTSUP,
			    "device does not offer VIRTIO_F_VERSION_1; legacy devices are not "
			    "supported");
	missing = wish->require & ~dev->offered;
	if (missing) {
		char names[200];

		feature_list(missing, names, sizeof(names));
		snprintf(dev->error, sizeof(dev->error),
			 "the job requires %s, which the device does not offer "
			 "(vblk_features, vblk_ring)",
			 names);
		return -ENOTSUP;
	}
	dev->features = choose_features(dev, wish);
	missing = wish->require & ~dev->features;
	if (missing)
		return fail(dev, -ENOTSUP,
			    "the job requires config_wce, which needs flush (vblk_features)");

	if (dev->offered & FEATURE(VHOST_USER_F_PROTOCOL_FEATURES)) {
		ret = vhost_user_negotiate_protocol(&dev->vu, PROTOCOL_FEATURES);
		if (ret)
			return fail_vu(dev, ret);
	}
	if (!vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_CONFIG))
		return fail(dev, -ENOTSUP,
			    "back-end does not offer VHOST_USER_PROTOCOL_F_CONFIG, so that its "
			    "size cannot be read");
	return 0;
}

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
		return fail_vu(dev, ret);
	if (!*got)
		return fail(dev, -EPROTO,
			    "back-end answers GET_CONFIG with nothing, whatever size is asked for");
	memcpy(config, space, *got < sizeof(*config) ? *got : sizeof(*config));
	/* Its sectors can't be written in any order, whether or not zones are accepted (BLK-3). */
	if (dev->offered & FEATURE(VIRTIO_BLK_F_ZONED) && *got > ZONED_MODEL &&
	    space[ZONED_MODEL] == ZONED_MODEL_HOST_MANAGED)
		return fail(dev, -ENOTSUP, "device is host-managed (VIRTIO_BLK_F_ZONED)");
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
		return fail(dev, -EPROTO, "configuration space is too small for the capacity");
	return 0;
}

static int use_config(struct blk_dev *dev, const struct virtio_blk_config *config)
{
	uint64_t sectors = le64toh(config->capacity);

	if (sectors > INT64_MAX / BLK_SECTOR_BYTES)
		return fail(dev, -EPROTO, "device says it is larger than 8 EiB");
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
		return fail(dev, -EPROTO,
			    "device says that a segment holds less than a sector (size_max)");

	if (blk_dev_has(dev, VIRTIO_BLK_F_DISCARD)) {
		dev->discard_max_bytes =
			(uint64_t)le32toh(config->max_discard_sectors) * BLK_SECTOR_BYTES;
		dev->discard_max_segments = le32toh(config->max_discard_seg);
		if (!dev->discard_max_bytes || !dev->discard_max_segments)
			return fail(dev, -EPROTO, "device offers discard with limits of zero");
	}
	return 0;
}

static int count_queues(struct blk_dev *dev, const struct virtio_blk_config *config)
{
	uint64_t queues = 1;
	int ret;

	if (vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_MQ) &&
	    blk_dev_has(dev, VIRTIO_BLK_F_MQ)) {
		ret = vhost_user_get_queue_num(&dev->vu, &queues);
		if (ret)
			return fail_vu(dev, ret);
		if (queues > le16toh(config->num_queues))
			queues = le16toh(config->num_queues);
		if (!queues)
			return fail(dev, -EPROTO, "device says it has no queue");
	}
	dev->queues_max = queues < VHOST_USER_QUEUES_MAX ? (uint32_t)queues : VHOST_USER_QUEUES_MAX;
	return 0;
}

/*
 * Sets bits of the device status, where the protocol carries one; bits are never taken back but by
 * a reset (INIT-1).
 */
static int add_status(struct blk_dev *dev, uint8_t bits)
{
	int ret;

	if (!vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_STATUS))
		return 0;
	dev->status |= bits;
	ret = vhost_user_set_status(&dev->vu, dev->status);
	return ret ? fail_vu(dev, ret) : 0;
}

static int reset(struct blk_dev *dev)
{
	dev->status = 0;
	return add_status(dev, 0);
}

static int agree(struct blk_dev *dev)
{
	uint8_t status;
	int ret = vhost_user_set_features(&dev->vu, dev->features);

	if (ret)
		return fail_vu(dev, ret);
	ret = add_status(dev, VIRTIO_CONFIG_S_FEATURES_OK);
	if (ret || !vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_STATUS))
		return ret;
	ret = vhost_user_get_status(&dev->vu, &status);
	if (ret)
		return fail_vu(dev, ret);
	if (!(status & VIRTIO_CONFIG_S_FEATURES_OK))
		return fail(
			dev, -ENOTSUP,
			"device does not accept the features it offered (FEATURES_OK is not set)");
	return 0;
}

static int read_cache_mode(struct blk_dev *dev)
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

/* One region is all there is to map (VU-5). */
static int check_mem_slots(struct blk_dev *dev)
{
	uint64_t slots;
	int ret;

	if (!vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS))
		return 0;
	ret = vhost_user_get_max_mem_slots(&dev->vu, &slots);
	if (ret)
		return fail_vu(dev, ret);
	return slots ? 0 : fail(dev, -ENOSPC, "back-end has no memory slots (GET_MAX_MEM_SLOTS)");
}

static int initialise(struct blk_dev *dev, const struct feature_wish *wish)
{
	struct virtio_blk_config config;
	uint32_t got;
	int ret = negotiate(dev, wish);

	if (!ret) {
		ret = vhost_user_set_owner(&dev->vu);
		if (ret)
			return fail_vu(dev, ret);
	}
	if (!ret)
		ret = reset(dev);
	if (!ret)
		ret = add_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (!ret)
		ret = add_status(dev, VIRTIO_CONFIG_S_DRIVER);
	if (!ret)
		ret = read_config(dev, &config, &got);
	if (!ret)
		ret = check_config_size(dev, got);
	if (!ret)
		ret = use_config(dev, &config);
	if (!ret)
		ret = count_queues(dev, &config);
	if (!ret)
		ret = check_mem_slots(dev);
	if (!ret)
		ret = agree(dev);
	/* Only now may the cache mode be read (BLK-2). */
	return ret ? ret : read_cache_mode(dev);
}

/**
 * blk_dev_open - reach a device and agree on features
 * @dev: filled in
 * @path: vhost-user socket; kept, not copied
 * @timeout_ms: longest wait for each answer, in milliseconds
 * @wish: what the user wants of the features
 *
 * VIRTIO 1.3, 3.1.1, steps 1 to 6. Returns 0, or a negative errno with a sentence in @dev->error;
 * then there is no connection.
 */
int blk_dev_open(struct blk_dev *dev, const char *path, unsigned int timeout_ms,
		 const struct feature_wish *wish)
{
	int ret;

	memset(dev, 0, sizeof(*dev));
	dev->path = path;
	dev->vu.fd = -1;
	ret = check_path(dev);
	if (ret)
		return ret;
	ret = vhost_user_connect(&dev->vu, path, timeout_ms);
	if (ret)
		return fail_vu(dev, ret);
	ret = initialise(dev, wish);
	if (ret)
		blk_dev_close(dev);
	return ret;
}

static int start_queues(struct blk_dev *dev, const struct blk_dev_queue *queues, uint32_t count)
{
	bool enable = blk_dev_has(dev, VHOST_USER_F_PROTOCOL_FEATURES);
	uint32_t base = blk_dev_has(dev, VIRTIO_F_RING_PACKED) ? VHOST_USER_BASE_PACKED : 0;
	uint32_t i;
	int ret;

	for (i = 0; i < count; i++) {
		const struct blk_dev_queue *q = &queues[i];

		ret = vhost_user_set_vring(&dev->vu, i, q->size, base, &q->addr, q->kick_fd,
					   q->call_fd);
		if (ret) {
			fail_vu(dev, ret);
			snprintf(dev->error, sizeof(dev->error), "queue %u, a ring of %u: %s", i,
				 q->size, dev->vu.error);
			return ret;
		}
		dev->queues_set = i + 1;
	}
	for (i = 0; enable && i < count; i++) {
		ret = vhost_user_set_vring_enable(&dev->vu, i, true);
		if (ret)
			return fail_vu(dev, ret);
	}
	return 0;
}

/**
 * blk_dev_start - share memory with a device and start its queues
 * @dev: device, opened
 * @arena: memory
 * @queues: queues within @arena, empty
 * @count: how many
 *
 * VIRTIO 1.3, 3.1.1, steps 7 and 8. Returns 0, or a negative errno with a sentence in @dev->error;
 * then there is no connection.
 */
int blk_dev_start(struct blk_dev *dev, const struct arena *arena,
		  const struct blk_dev_queue *queues, uint32_t count)
{
	struct vhost_user_region region = {
		.iova = arena_iova(arena, arena->base),
		.bytes = arena->bytes,
		.user_addr = (uintptr_t)arena->base,
		.fd = arena->fd,
	};
	uint32_t i;
	int ret = vhost_user_share_memory(&dev->vu, &region);

	if (ret)
		fail_vu(dev, ret);
	if (!ret)
		ret = start_queues(dev, queues, count);
	if (!ret) {
		ret = vhost_user_sync(&dev->vu);
		if (ret)
			fail_vu(dev, ret);
	}
	if (!ret)
		ret = add_status(dev, VIRTIO_CONFIG_S_DRIVER_OK);
	if (ret == -ETIMEDOUT && arena->page_bytes < ARENA_UNIT)
		strncat(dev->error, "; some back-ends need huge pages, try vblk_hugepages=2M",
			sizeof(dev->error) - strlen(dev->error) - 1);
	if (ret) {
		blk_dev_close(dev);
		return ret;
	}
	/* A back-end may have looked at a ring before it was enabled: tell each once (VU-13). */
	for (i = 0; i < count; i++) {
		uint64_t one = 1;

		if (write(queues[i].kick_fd, &one, sizeof(one)) == sizeof(one))
			continue;
		ret = fail(dev, -errno, "cannot notify the device");
		blk_dev_close(dev);
		return ret;
	}
	return 0;
}

/**
 * blk_dev_disable_queue - have the device leave a queue alone while the others go on
 * @dev: device
 * @index: queue
 *
 * Returns 0, or a negative errno with a sentence in @dev->error.
 */
int blk_dev_disable_queue(struct blk_dev *dev, uint32_t index)
{
	int ret;

	if (!blk_dev_has(dev, VHOST_USER_F_PROTOCOL_FEATURES))
		return fail(dev, -ENOTSUP, "back-end cannot disable a single queue");
	ret = vhost_user_set_vring_enable(&dev->vu, index, false);
	return ret ? fail_vu(dev, ret) : 0;
}

/**
 * blk_dev_stop - end all queues and the connection, in order
 * @dev: device; requests may not be outstanding
 *
 * Every ring is stopped before the memory goes away (VU-8). Returns 0, or a negative errno with a
 * sentence in
 * @dev->error; there is no connection afterwards in any case.
 */
int blk_dev_stop(struct blk_dev *dev)
{
	int ret = 0;
	uint32_t i, base;

	for (i = 0; i < dev->queues_set && !ret; i++) {
		ret = vhost_user_get_vring_base(&dev->vu, i, &base);
		if (ret)
			fail_vu(dev, ret);
	}
	dev->queues_set = 0;
	if (!ret)
		ret = reset(dev);
	vhost_user_close(&dev->vu);
	return ret;
}

/**
 * blk_dev_close - end the connection of a device that cannot be used
 * @dev: device; closing one that is closed does nothing
 *
 * Says FAILED where the protocol carries a status and the back-end still answers (INIT-3).
 */
void blk_dev_close(struct blk_dev *dev)
{
	if (dev->vu.fd >= 0 && !dev->silent &&
	    vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_STATUS)) {
		dev->vu.timeout_ms = 1000;
		/* Not add_status(): the sentence about what went wrong stays. */
		vhost_user_set_status(&dev->vu, dev->status | VIRTIO_CONFIG_S_FAILED);
	}
	vhost_user_close(&dev->vu);
}

/**
 * blk_dev_status_error - what a request's status byte means
 * @status: byte the device wrote, or BLK_STATUS_NONE when it wrote none
 *
 * Returns 0 or a positive errno: EIO, ENOTSUP, EPROTO for anything that no specification defines
 * (REQ-6).
 */
int blk_dev_status_error(uint8_t status)
{
	switch (status) {
	case VIRTIO_BLK_S_OK:
		return 0;
	case VIRTIO_BLK_S_IOERR:
		return EIO;
	case VIRTIO_BLK_S_UNSUPP:
		return ENOTSUP;
	default:
		return EPROTO;
	}
}
