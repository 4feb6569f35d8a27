// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost/blk_config.h"
#include "vhost/blk_dev.h"

#define PROTOCOL_FEATURES                                                               \
	(FEATURE(VHOST_USER_PROTOCOL_F_MQ) | FEATURE(VHOST_USER_PROTOCOL_F_REPLY_ACK) | \
	 FEATURE(VHOST_USER_PROTOCOL_F_CONFIG) |                                        \
	 FEATURE(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS) |                           \
	 FEATURE(VHOST_USER_PROTOCOL_F_STATUS))

/* Longest wait for FAILED to be acknowledged, which changes nothing any more. */
#define CLOSE_TIMEOUT_MS 1000u

/**
 * blk_dev_fail - leave a sentence about what went wrong
 * @dev: device
 * @err: negative errno to return
 * @text: the sentence
 */
int blk_dev_fail(struct blk_dev *dev, int err, const char *text)
{
	snprintf(dev->error, sizeof(dev->error), "%s", text);
	return err;
}

/**
 * blk_dev_fail_vu - what went wrong is a message's affair
 * @dev: device
 * @err: negative errno to return
 */
int blk_dev_fail_vu(struct blk_dev *dev, int err)
{
	/* Nothing more is to be had from a back-end that does not answer. */
	dev->silent |= err == -ETIMEDOUT;
	return blk_dev_fail(dev, err, dev->vu.error);
}

/* The socket itself, before any message: most mistakes are made here. */
static int check_path(struct blk_dev *dev)
{
	struct stat st;

	if (stat(dev->path, &st)) {
		int err = errno;

		snprintf(dev->error, sizeof(dev->error),
			 "%s; the back-end's vhost-user socket must be named (filename=)",
			 strerror(err));
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
		return blk_dev_fail_vu(dev, ret);
	if (!(dev->offered & FEATURE(VIRTIO_F_VERSION_1)))
		return blk_dev_fail(
			dev, -ENOTSUP,
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
		return blk_dev_fail(
			dev, -ENOTSUP,
			"the job requires config_wce, which needs flush (vblk_features)");

	if (dev->offered & FEATURE(VHOST_USER_F_PROTOCOL_FEATURES)) {
		uint64_t inflight = FEATURE(VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD);

		ret = vhost_user_negotiate_protocol(
			&dev->vu, PROTOCOL_FEATURES | (wish->inflight ? inflight : 0));
		if (ret)
			return blk_dev_fail_vu(dev, ret);
	}
	if (wish->inflight && !vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD))
		return blk_dev_fail(dev, -ENOTSUP,
				    "back-end does not offer VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD "
				    "(vblk_inflight)");
	if (!vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_CONFIG))
		return blk_dev_fail(
			dev, -ENOTSUP,
			"back-end does not offer VHOST_USER_PROTOCOL_F_CONFIG, so that its "
			"size cannot be read");
	return 0;
}

static int count_queues(struct blk_dev *dev, uint16_t num_queues)
{
	uint64_t queues = 1;
	int ret;

	if (vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_MQ) &&
	    blk_dev_has(dev, VIRTIO_BLK_F_MQ)) {
		ret = vhost_user_get_queue_num(&dev->vu, &queues);
		if (ret)
			return blk_dev_fail_vu(dev, ret);
		if (queues > num_queues)
			queues = num_queues;
		if (!queues)
			return blk_dev_fail(dev, -EPROTO, "device says it has no queue");
	}
	dev->queues_max = queues < VHOST_USER_QUEUES_MAX ? (uint32_t)queues : VHOST_USER_QUEUES_MAX;
	return 0;
}

/**
 * blk_dev_add_status - set bits of the device status, where the protocol carries one
 * @dev: device
 * @bits: VIRTIO_CONFIG_S_; bits are never taken back but by a reset (INIT-1)
 */
int blk_dev_add_status(struct blk_dev *dev, uint8_t bits)
{
	int ret;

	if (!vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_STATUS))
		return 0;
	dev->status |= bits;
	ret = vhost_user_set_status(&dev->vu, dev->status);
	return ret ? blk_dev_fail_vu(dev, ret) : 0;
}

/**
 * blk_dev_reset - take all of the status back
 * @dev: device
 */
int blk_dev_reset(struct blk_dev *dev)
{
	dev->status = 0;
	return blk_dev_add_status(dev, 0);
}

static int agree(struct blk_dev *dev)
{
	uint8_t status;
	int ret = vhost_user_set_features(&dev->vu, dev->features);

	if (ret)
		return blk_dev_fail_vu(dev, ret);
	ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_FEATURES_OK);
	if (ret || !vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_STATUS))
		return ret;
	ret = vhost_user_get_status(&dev->vu, &status);
	if (ret)
		return blk_dev_fail_vu(dev, ret);
	if (!(status & VIRTIO_CONFIG_S_FEATURES_OK))
		return blk_dev_fail(
			dev, -ENOTSUP,
			"device does not accept the features it offered (FEATURES_OK is not set)");
	return 0;
}

/* One region is all there is to map (VU-5). */
static int check_mem_slots(struct blk_dev *dev)
{
	int ret;

	if (!vhost_user_has(&dev->vu, VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS))
		return 0;
	ret = vhost_user_get_max_mem_slots(&dev->vu, &dev->mem_slots);
	if (ret)
		return blk_dev_fail_vu(dev, ret);
	return dev->mem_slots ? 0
			      : blk_dev_fail(dev, -ENOSPC,
					     "back-end has no memory slots (GET_MAX_MEM_SLOTS)");
}

/* On a host-managed device there is nothing to discard: zones are reset (BLK-3). */
static int settle_zones(struct blk_dev *dev, const struct feature_wish *wish)
{
	if (dev->zoned.model != BLK_ZONE_MODEL_HOST_MANAGED)
		return 0;
	if (wish->require & FEATURE(VIRTIO_BLK_F_DISCARD))
		return blk_dev_fail(
			dev, -ENOTSUP,
			"the job requires discard, which is not for host-managed devices "
			"(vblk_features)");
	dev->features &= ~FEATURE(VIRTIO_BLK_F_DISCARD);
	dev->range[BLK_DISCARD] = (struct blk_range_limits){ 0 };
	return 0;
}

static int initialise(struct blk_dev *dev, const struct feature_wish *wish)
{
	int ret = negotiate(dev, wish);
	uint16_t queues;

	if (!ret) {
		ret = vhost_user_set_owner(&dev->vu);
		if (ret)
			return blk_dev_fail_vu(dev, ret);
	}
	if (!ret)
		ret = blk_dev_reset(dev);
	if (!ret)
		ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (!ret)
		ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_DRIVER);
	if (!ret)
		ret = blk_config_read(dev, &queues);
	if (!ret)
		ret = settle_zones(dev, wish);
	if (!ret)
		ret = count_queues(dev, queues);
	if (!ret)
		ret = check_mem_slots(dev);
	if (!ret)
		ret = agree(dev);
	/* Only now may the cache mode be read (BLK-2). */
	return ret ? ret : blk_config_read_cache_mode(dev);
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
	dev->vu.fd = dev->inflight.fd = -1;
	ret = check_path(dev);
	if (ret)
		return ret;
	ret = vhost_user_connect(&dev->vu, path, timeout_ms);
	if (ret)
		return blk_dev_fail_vu(dev, ret);
	ret = initialise(dev, wish);
	if (ret)
		blk_dev_close(dev);
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
		if (dev->vu.timeout_ms > CLOSE_TIMEOUT_MS)
			dev->vu.timeout_ms = CLOSE_TIMEOUT_MS;
		/* Not blk_dev_add_status(): the sentence about what went wrong stays. */
		vhost_user_set_status(&dev->vu, dev->status | VIRTIO_CONFIG_S_FAILED);
	}
	vhost_user_close(&dev->vu);
}
