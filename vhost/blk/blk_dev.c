// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_internal.h"
#include "virtq/base.h"

/* Longest wait for FAILED to be acknowledged, which changes nothing any more. */
#define CLOSE_TIMEOUT_MS 1000u

/**
 * blk_dev_fail_transport - what went wrong, the transport knows
 * @dev: device
 * @err: negative errno to return
 */
int blk_dev_fail_transport(struct blk_dev *dev, int err)
{
	/* Nothing more is to be had from a device that does not answer. */
	dev->silent |= err == -ETIMEDOUT;
	dev->error = dev->transport.error;
	return err;
}

static uint64_t choose_features(const struct blk_dev *dev, const struct blk_dev_options *options)
{
	uint64_t known = BLK_DEV_FEATURES | dev->transport.ops->features;
	uint64_t features = dev->offered & known & ~options->forbid;

	/* Keeping order costs most devices something, so it is for those who want to see it. */
	if (!(options->require & FEATURE(VIRTIO_F_IN_ORDER)))
		features &= ~FEATURE(VIRTIO_F_IN_ORDER);
	/* A cache that can be asked about but not flushed is of no use to anyone. */
	if (!(features & FEATURE(VIRTIO_BLK_F_FLUSH)))
		features &= ~FEATURE(VIRTIO_BLK_F_CONFIG_WCE);
	return features;
}

static int negotiate(struct blk_dev *dev, const struct blk_dev_options *options)
{
	struct transport *t = &dev->transport;
	uint64_t missing;
	char names[200];
	int ret = t->ops->get_features(t, &dev->offered);

	if (ret)
		return blk_dev_fail_transport(dev, ret);
	if (!(dev->offered & FEATURE(VIRTIO_F_VERSION_1)))
		return error_set(
			&dev->error, -ENOTSUP,
			"device does not offer VIRTIO_F_VERSION_1; legacy devices are not supported");
	missing = options->require & ~dev->offered;
	if (missing) {
		feature_list(missing, names, sizeof(names));
		return error_set(
			&dev->error, -ENOTSUP,
			"the job requires %s, which the device does not offer (vblk_features, vblk_ring)",
			names);
	}
	dev->features = choose_features(dev, options);
	missing = options->require & ~dev->features;
	if (missing & FEATURE(VIRTIO_BLK_F_CONFIG_WCE))
		return error_set(&dev->error, -ENOTSUP,
				 "the job requires config_wce, which needs flush (vblk_features)");
	if (missing) {
		feature_list(missing, names, sizeof(names));
		return error_set(&dev->error, -ENOTSUP,
				 "the job requires %s, which %s does not use (vblk_features)",
				 names, t->name);
	}
	ret = t->ops->set_owner ? t->ops->set_owner(t, options->inflight) : 0;
	return ret ? blk_dev_fail_transport(dev, ret) : 0;
}

static int count_queues(struct blk_dev *dev, uint16_t num_queues)
{
	struct transport *t = &dev->transport;
	int ret;

	dev->queues_max = 1;
	if (!blk_dev_has(dev, VIRTIO_BLK_F_MQ))
		return 0;
	ret = t->ops->queue_count(t, &dev->queues_max);
	if (ret)
		return blk_dev_fail_transport(dev, ret);
	if (dev->queues_max > num_queues)
		dev->queues_max = num_queues;
	return dev->queues_max ? 0 : error_set(&dev->error, -EPROTO, "device says it has no queue");
}

/**
 * blk_dev_add_status - set bits of the device status, where the protocol carries one
 * @dev: device
 * @bits: VIRTIO_CONFIG_S_; bits are never taken back but by a reset (INIT-1)
 */
int blk_dev_add_status(struct blk_dev *dev, uint8_t bits)
{
	struct transport *t = &dev->transport;
	int ret;

	if (!transport_has_status(t))
		return 0;
	dev->status |= bits;
	ret = t->ops->set_status(t, dev->status);
	return ret ? blk_dev_fail_transport(dev, ret) : 0;
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

static int set_features(struct blk_dev *dev)
{
	struct transport *t = &dev->transport;
	uint8_t status;
	int ret = t->ops->set_features(t, dev->features);

	if (ret)
		return blk_dev_fail_transport(dev, ret);
	ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_FEATURES_OK);
	if (ret || !transport_has_status(t))
		return ret;
	ret = t->ops->get_status(t, &status);
	if (ret)
		return blk_dev_fail_transport(dev, ret);
	if (!(status & VIRTIO_CONFIG_S_FEATURES_OK))
		return error_set(
			&dev->error, -ENOTSUP,
			"device does not accept the features it offered (FEATURES_OK is not set)");
	return 0;
}

/* On a host-managed device there is nothing to discard: zones are reset (BLK-3). */
static int settle_zones(struct blk_dev *dev, const struct blk_dev_options *options)
{
	if (dev->zoned.model != BLK_ZONE_MODEL_HOST_MANAGED)
		return 0;
	if (options->require & FEATURE(VIRTIO_BLK_F_DISCARD))
		return error_set(
			&dev->error, -ENOTSUP,
			"the job requires discard, which is not for host-managed devices (vblk_features)");
	dev->features &= ~FEATURE(VIRTIO_BLK_F_DISCARD);
	dev->range[BLK_DISCARD] = (struct blk_range_limits){ 0 };
	return 0;
}

static int initialise(struct blk_dev *dev, const struct blk_dev_options *options)
{
	int ret = negotiate(dev, options);
	uint16_t queues;

	if (!ret)
		ret = blk_dev_reset(dev);
	if (!ret)
		ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (!ret)
		ret = blk_dev_add_status(dev, VIRTIO_CONFIG_S_DRIVER);
	if (!ret)
		ret = blk_config_read(dev, &queues);
	if (!ret)
		ret = settle_zones(dev, options);
	if (!ret)
		ret = count_queues(dev, queues);
	if (!ret)
		ret = set_features(dev);
	/* Only now may the cache mode be read (BLK-2). */
	return ret ? ret : blk_config_read_cache_mode(dev);
}

/**
 * blk_dev_open - reach a device and agree on features
 * @dev: filled in
 * @path: file that it is reached by; kept, not copied
 * @timeout_ms: longest wait for each answer, in milliseconds
 * @options: what the user wants of it
 *
 * VIRTIO 1.3, 3.1.1, steps 1 to 6. Returns 0, or a negative errno with a sentence in @dev->error;
 * then nothing is left open.
 */
int blk_dev_open(struct blk_dev *dev, const char *path, unsigned int timeout_ms,
		 const struct blk_dev_options *options)
{
	struct transport *t = &dev->transport;
	int ret;

	memset(dev, 0, sizeof(*dev));
	dev->path = path;
	ret = transport_find(t, path, options->transport);
	t->strict = options->strict;
	t->config_width = blk_config_width;
	if (!ret && options->inflight && !t->ops->may_return)
		ret = error_set(&t->error, -ENOTSUP, "vblk_inflight is not for %s", t->name);
	if (!ret)
		ret = transport_open(t, timeout_ms);
	if (ret) {
		t->ops = NULL;
		return blk_dev_fail_transport(dev, ret);
	}
	ret = initialise(dev, options);
	if (ret)
		blk_dev_close(dev);
	return ret;
}

/**
 * blk_dev_close - let go of a device that cannot be used
 * @dev: device; closing one that is closed does nothing
 *
 * Says FAILED where the transport carries a status and the device still answers (INIT-3).
 */
void blk_dev_close(struct blk_dev *dev)
{
	struct transport *t = &dev->transport;

	if (t->ops && !dev->silent && transport_has_status(t)) {
		if (t->timeout_ms > CLOSE_TIMEOUT_MS)
			t->timeout_ms = CLOSE_TIMEOUT_MS;
		/* Not blk_dev_add_status(): the sentence about what went wrong stays. */
		t->ops->set_status(t, dev->status | VIRTIO_CONFIG_S_FAILED);
	}
	transport_close(t);
}
