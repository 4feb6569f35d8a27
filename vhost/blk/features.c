// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vhost/blk/blk_dev.h"
#include "vhost/blk/features.h"
#include "virtq/base.h"

/* Names of feature bits in VIRTIO 1.3, 5.2.3 and 6, in lower case and without their prefix. */
static const char *const names[64] = {
	[1] = "size_max",
	[2] = "seg_max",
	[4] = "geometry",
	[5] = "ro",
	[6] = "blk_size",
	[9] = "flush",
	[10] = "topology",
	[11] = "config_wce",
	[12] = "mq",
	[13] = "discard",
	[14] = "write_zeroes",
	[15] = "lifetime",
	[16] = "secure_erase",
	[17] = "zoned",
	[28] = "indirect_desc",
	[29] = "event_idx",
	[32] = "version_1",
	[33] = "access_platform",
	[34] = "ring_packed",
	[35] = "in_order",
	[36] = "order_platform",
	[37] = "sr_iov",
	[38] = "notification_data",
	[39] = "notif_config_data",
	[40] = "ring_reset",
};

/**
 * feature_name - get the name of a feature bit
 * @bit: number of the bit
 *
 * Returns NULL if this driver does not know the bit.
 */
const char *feature_name(unsigned int bit)
{
	return bit < 64 ? names[bit] : NULL;
}

/* Return the number of the feature bit with this name, or -1. */
static int find_bit(const char *name, size_t len)
{
	int bit;

	for (bit = 0; bit < 64; bit++)
		if (names[bit] && strlen(names[bit]) == len && !memcmp(names[bit], name, len))
			return bit;
	return -1;
}

/**
 * features_parse - parse a list of features such as "+mq,-event_idx"
 * @options: @require and @forbid are filled in
 * @text: list; NULL and "" are empty lists
 * @error: message about the first error in the list
 *
 * Returns 0, or -EINVAL if a word does not start with + or -, a name is unknown, a feature is both
 * required and forbidden, a required feature is not implemented by this driver, or VERSION_1 is
 * forbidden.
 */
int features_parse(struct blk_dev_options *options, const char *text, struct error *error)
{
	options->require = options->forbid = 0;
	while (text && *text) {
		size_t len = strcspn(text, ",");
		int bit;

		if (*text != '+' && *text != '-')
			return error_set(error, -EINVAL, "'%.*s' starts with neither + nor -",
					 (int)len, text);
		bit = find_bit(text + 1, len - 1);
		if (bit < 0)
			return error_set(error, -EINVAL, "'%.*s' is not a virtio-blk feature",
					 (int)len - 1, text + 1);
		if (*text == '+')
			options->require |= FEATURE(bit);
		else
			options->forbid |= FEATURE(bit);
		if (options->require & options->forbid & FEATURE(bit))
			return error_set(error, -EINVAL, "%s is both required and forbidden",
					 names[bit]);
		if (options->require & FEATURE(bit) & ~(BLK_DEV_FEATURES | transport_features()))
			return error_set(error, -EINVAL, "%s is not implemented by this driver",
					 names[bit]);
		if (options->forbid & FEATURE(bit) & FEATURE(VIRTIO_F_VERSION_1))
			return error_set(
				error, -EINVAL,
				"version_1 cannot be forbidden: this driver does not support legacy devices");
		text += len;
		if (*text == ',')
			text++;
	}
	return 0;
}

/**
 * feature_list - write a comma-separated list of feature bits for a message
 * @features: bits; a bit without a name is listed as a number
 * @text: filled in; a list that does not fit is truncated
 * @bytes: size of @text
 */
void feature_list(uint64_t features, char *text, size_t bytes)
{
	size_t at = 0;
	unsigned int bit;

	*text = 0;
	for (bit = 0; bit < 64 && at < bytes; bit++) {
		const char *comma = at ? "," : "";

		if (!(features & FEATURE(bit)))
			continue;
		if (names[bit])
			at += (size_t)snprintf(text + at, bytes - at, "%s%s", comma, names[bit]);
		else
			at += (size_t)snprintf(text + at, bytes - at, "%s%u", comma, bit);
	}
}
