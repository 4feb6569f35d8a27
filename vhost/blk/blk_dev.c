// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_internal.h"
#include "virtq/base.h"

/* Longest wait for the device to acknowledge FAILED. The driver does not use the result. */
#define CLOSE_TIMEOUT_MS 1000u

/**
 * blk_dev_fail_transport - copy the error message of the transport to the device
 * @dev: device
 * @err: negative errno that the transport returned
 *
 * Returns @err.
 */
int blk_dev_fail_transport(struct blk_dev *dev, int err)
{
	/* blk_dev_close() sends no further message to a device that did not answer. */
	dev->silent |= err == -ETIMEDOUT;
	dev->error = dev->transport.error;
	return err;
}

static uint64_t choose_features(const struct blk_dev *dev, const struct blk_dev_options *options)
{
	uint64_t known = BLK_DEV_FEATURES | dev->transport.ops->features;
	uint64_t features = dev->offered & known & ~options->forbid;

	/* IN_ORDER makes most devices slower, so use IN_ORDER only if the user requires it. */
	if (!(options->require & FEATURE(VIRTIO_F_IN_ORDER)))
		features &= ~FEATURE(VIRTIO_F_IN_ORDER);
	/* CONFIG_WCE is useless without FLUSH: the driver could not flush a write-back cache. */
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
		return error_set(
			&dev->error, -ENOTSUP,
			"the job requires config_wce, which needs flush, but %s (vblk_features)",
			dev->offered & FEATURE(VIRTIO_BLK_F_FLUSH)
				? "the job forbids flush"
				: "the device does not offer flush");
	if (missing) {
		feature_list(missing, names, sizeof(names));
		return error_set(
			&dev->error, -ENOTSUP,
			"the job requires %s, which cannot be used with %s (vblk_features)", names,
			t->name);
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
	return dev->queues_max
		       ? 0
		       : error_set(&dev->error, -EPROTO, "device reports that it has no queues");
}

/**
 * blk_dev_add_status - set bits of the device status
 * @dev: device
 * @bits: VIRTIO_CONFIG_S_* bits to set; only a reset clears bits (INIT-1)
 *
 * Does nothing if the transport has no device status. Returns 0, or a negative errno with a message
 * in @dev->error.
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
 * blk_dev_reset - reset a device by writing 0 to the device status
 * @dev: device
 *
 * Does nothing if the transport has no device status. Returns 0, or a negative errno with a message
 * in @dev->error.
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

/* Do not accept DISCARD on a host-managed device, whose zones are reset instead (BLK-3). */
static int drop_discard_if_host_managed(struct blk_dev *dev, const struct blk_dev_options *options)
{
	if (dev->zoned.model != BLK_ZONE_MODEL_HOST_MANAGED)
		return 0;
	if (options->require & FEATURE(VIRTIO_BLK_F_DISCARD))
		return error_set(
			&dev->error, -ENOTSUP,
			"the job requires discard, which cannot be used on host-managed devices (vblk_features)");
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
		ret = drop_discard_if_host_managed(dev, options);
	if (!ret)
		ret = count_queues(dev, queues);
	if (!ret)
		ret = set_features(dev);
	/* The cache mode may be read only after FEATURES_OK (BLK-2). */
	return ret ? ret : blk_config_read_cache_mode(dev);
}

/**
 * blk_dev_open - connect to a device and negotiate features
 * @dev: filled in
 * @path: name of the device; @dev keeps the pointer and makes no copy
 * @timeout_ms: longest wait for each answer of the device, in milliseconds
 * @options: what the user requires of the device
 *
 * VIRTIO 1.3, 3.1.1, steps 1 to 6. Returns 0, or a negative errno with a message in @dev->error. On
 * failure the connection is closed.
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
		ret = error_set(&t->error, -ENOTSUP, "vblk_inflight cannot be used with %s",
				t->name);
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
 * blk_dev_close - give up a device after an error, and close the connection
 * @dev: device; if the device is already closed, the function does nothing
 *
 * Sets FAILED if the transport has a device status and the device still answers (INIT-3).
 */
void blk_dev_close(struct blk_dev *dev)
{
	struct transport *t = &dev->transport;

	if (t->ops && !dev->silent && transport_has_status(t)) {
		if (t->timeout_ms > CLOSE_TIMEOUT_MS)
			t->timeout_ms = CLOSE_TIMEOUT_MS;
		/* blk_dev_add_status() could overwrite the error message in @dev->error. */
		t->ops->set_status(t, dev->status | VIRTIO_CONFIG_S_FAILED);
	}
	transport_close(t);
}
