/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Range requests: discard, write zeroes and secure erase (VIRTIO 1.3, 5.2.6). The data of such a
 * request is a list of segments, and each segment describes a range of sectors. The device limits
 * the number and the size of the segments.
 */
#ifndef VHOST_BLK_BLK_RANGE_H
#define VHOST_BLK_BLK_RANGE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_blk.h>

#include "vhost/blk/blk_request.h"

/**
 * enum blk_range_kind - kind of a range request
 * @BLK_DISCARD: the contents of the range are no longer needed
 * @BLK_WRITE_ZEROES: the range reads as zeroes afterwards
 * @BLK_SECURE_ERASE: all copies of the contents are erased
 * @BLK_RANGE_KINDS: number of kinds
 */
enum blk_range_kind {
	BLK_DISCARD,
	BLK_WRITE_ZEROES,
	BLK_SECURE_ERASE,
	BLK_RANGE_KINDS,
};

/**
 * struct blk_range_limits - limits of a device for one kind of range request
 * @max_bytes: maximum length of a segment, in whole logical blocks; 0 = requests of this kind
 *	cannot be used
 * @max_segments: maximum number of segments in a request
 * @align_bytes: alignment of ranges that the device prefers; at least one sector
 * @split_bytes: ranges are split at multiples of this length, which is @align_bytes rounded up to
 *	whole logical blocks
 */
struct blk_range_limits {
	uint64_t max_bytes;
	uint32_t max_segments;
	uint64_t align_bytes;
	uint64_t split_bytes;
};

/**
 * blk_range_piece - compute how much of a range goes into the next segment
 * @limits: limits of the device
 * @offset: offset of the range in bytes
 * @bytes: length of the range in bytes, not 0
 *
 * A range that is longer than one segment is split at a multiple of @limits->split_bytes, if the
 * longest possible segment reaches such an offset (REQ-5). Returns the length in bytes.
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
 * blk_range_pieces - compute the maximum number of segments for a range at any offset
 * @limits: limits of the device
 * @bytes: length of the range in bytes
 */
static inline uint64_t blk_range_pieces(const struct blk_range_limits *limits, uint64_t bytes)
{
	uint64_t most = limits->max_bytes, align = limits->split_bytes, more = 0;

	if (bytes <= most)
		return 1;
	if (align > most) {
		/* Each aligned offset within the range can shorten the segment that ends there. */
		more = (bytes + align - 1) / align;
	} else if (align > BLK_SECTOR_BYTES) {
		/* The first segment may be short, so that it ends at an aligned offset. */
		most -= most % align;
		more = 1;
	}
	return (bytes + most - 1) / most + more;
}

/**
 * blk_range_put - write a segment
 * @segment: segment to write
 * @offset: offset of the range in bytes
 * @bytes: length of the range in bytes
 * @unmap: let the device deallocate the range; only for write zeroes
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
