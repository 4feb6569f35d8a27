/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that name ranges instead of carrying data: discard, write zeroes, secure erase
 * (VIRTIO 1.3, 5.2.6). A request has a list of segments, each a range; how many and how large they
 * may be is the device's to say.
 */
#ifndef VHOST_BLK_BLK_RANGE_H
#define VHOST_BLK_BLK_RANGE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_blk.h>

#include "vhost/blk/blk_request.h"

/**
 * enum blk_range_kind - which of these requests
 * @BLK_DISCARD: the contents are not needed any more
 * @BLK_WRITE_ZEROES: reads as zeroes afterwards
 * @BLK_SECURE_ERASE: all copies of the contents are gone afterwards
 */
enum blk_range_kind {
	BLK_DISCARD,
	BLK_WRITE_ZEROES,
	BLK_SECURE_ERASE,
	BLK_RANGE_KINDS,
};

/**
 * struct blk_range_limits - what a device takes of one kind
 * @max_bytes: most bytes of a segment, in whole logical blocks; 0 = the device does not do it
 * @max_segments: most segments of a request
 * @align_bytes: what the device would have ranges aligned to; a sector at least
 * @split_bytes: where they are split for that, in whole logical blocks
 */
struct blk_range_limits {
	uint64_t max_bytes;
	uint32_t max_segments;
	uint64_t align_bytes;
	uint64_t split_bytes;
};

/**
 * blk_range_piece - how much of a range goes into the next segment
 * @limits: limits
 * @offset: where the range begins, in bytes
 * @bytes: its length, not 0
 *
 * What has to be split is split where the device would have it, if its largest segment reaches so
 * far (REQ-5).
 */
static inline uint64_t blk_range_piece(const struct blk_range_limits *limits, uint64_t offset,
				       uint64_t bytes)
{
	uint64_t over;

	if (bytes <= limits->max_bytes)
		return bytes;
	over = (offset + limits->max_bytes) % limits->split_bytes;
	return over < limits->max_bytes ? limits->max_bytes - over : limits->max_bytes;
}

/**
 * blk_range_pieces - bound of the segments that a range takes, wherever it lies
 * @limits: limits
 * @bytes: its length
 */
static inline uint64_t blk_range_pieces(const struct blk_range_limits *limits, uint64_t bytes)
{
	uint64_t most = limits->max_bytes, align = limits->split_bytes, more = 0;

	if (bytes <= most)
		return 1;
	if (align > most) {
		/* Each aligned place within the range can cut one short that ends there. */
		more = (bytes + align - 1) / align;
	} else if (align > BLK_SECTOR_BYTES) {
		/* The first may have to be short, to end where the device would have it. */
		most -= most % align;
		more = 1;
	}
	return (bytes + most - 1) / most + more;
}

/**
 * blk_range_put - write a segment
 * @segment: where to
 * @offset: where the range begins, in bytes
 * @bytes: its length
 * @unmap: write zeroes: the space may be given back
 */
static inline void blk_range_put(struct virtio_blk_discard_write_zeroes *segment, uint64_t offset,
				 uint64_t bytes, bool unmap)
{
	segment->sector = htole64(offset / BLK_SECTOR_BYTES);
	segment->num_sectors = htole32((uint32_t)(bytes / BLK_SECTOR_BYTES));
	segment->flags = htole32(unmap ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0);
}

const char *blk_range_name(enum blk_range_kind kind);
unsigned int blk_range_feature(enum blk_range_kind kind);
uint32_t blk_range_type(enum blk_range_kind kind);

#endif
