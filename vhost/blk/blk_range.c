// SPDX-License-Identifier: GPL-2.0-only
#include "vhost/blk/blk_range.h"

static const struct {
	const char *name;
	unsigned int feature;
	uint32_t type;
} kinds[BLK_RANGE_KINDS] = {
	[BLK_DISCARD] = { "discard", VIRTIO_BLK_F_DISCARD, VIRTIO_BLK_T_DISCARD },
	[BLK_WRITE_ZEROES] = { "write_zeroes", VIRTIO_BLK_F_WRITE_ZEROES,
			       VIRTIO_BLK_T_WRITE_ZEROES },
	[BLK_SECURE_ERASE] = { "secure_erase", VIRTIO_BLK_F_SECURE_ERASE,
			       VIRTIO_BLK_T_SECURE_ERASE },
};

/**
 * blk_range_name - get the name of a kind of range request in the specification, in lower case
 * @kind: kind
 */
const char *blk_range_name(enum blk_range_kind kind)
{
	return kinds[kind].name;
}

/**
 * blk_range_feature - get the feature bit that a kind of range request needs
 * @kind: kind
 */
unsigned int blk_range_feature(enum blk_range_kind kind)
{
	return kinds[kind].feature;
}

/**
 * blk_range_type - get the request type, VIRTIO_BLK_T_*, of a kind of range request
 * @kind: kind
 */
uint32_t blk_range_type(enum blk_range_kind kind)
{
	return kinds[kind].type;
}
