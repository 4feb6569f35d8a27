/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio-blk device, however it is reached: agreeing on features (VIRTIO 1.3, 3.1 and 5.2). Its
 * configuration space: blk_config.h; starting and stopping its queues: blk_start.h.
 */
#ifndef VHOST_BLK_BLK_DEV_H
#define VHOST_BLK_BLK_DEV_H

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "vhost/transport/arena.h"
#include "vhost/blk/blk_range.h"
#include "vhost/blk/blk_request.h"
#include "vhost/blk/blk_zone.h"
#include "vhost/blk/features.h"
#include "vhost/transport/transport.h"
#include "virtq/base.h"
#include "virtq/virtq.h"

/* Newer than the kernel headers of the oldest systems this builds on. */
#ifndef VIRTIO_F_IN_ORDER
#define VIRTIO_F_IN_ORDER 35
#endif
#ifndef VIRTIO_BLK_F_LIFETIME
#define VIRTIO_BLK_F_LIFETIME 15
#endif
#ifndef VIRTIO_BLK_F_ZONED
#define VIRTIO_BLK_F_ZONED 17
#endif

/* What this driver implements, and accepts where it is offered; IN_ORDER only if it is asked for.
 * What depends on the transport is among that one's features. */
#define BLK_DEV_FEATURES                                                                           \
	(FEATURE(VIRTIO_BLK_F_SIZE_MAX) | FEATURE(VIRTIO_BLK_F_SEG_MAX) |                          \
	 FEATURE(VIRTIO_BLK_F_RO) | FEATURE(VIRTIO_BLK_F_BLK_SIZE) | FEATURE(VIRTIO_BLK_F_FLUSH) | \
	 FEATURE(VIRTIO_BLK_F_TOPOLOGY) | FEATURE(VIRTIO_BLK_F_CONFIG_WCE) |                       \
	 FEATURE(VIRTIO_BLK_F_MQ) | FEATURE(VIRTIO_BLK_F_DISCARD) |                                \
	 FEATURE(VIRTIO_BLK_F_WRITE_ZEROES) | FEATURE(VIRTIO_BLK_F_LIFETIME) |                     \
	 FEATURE(VIRTIO_BLK_F_SECURE_ERASE) | FEATURE(VIRTIO_BLK_F_ZONED) |                        \
	 FEATURE(VIRTIO_RING_F_INDIRECT_DESC) | FEATURE(VIRTIO_RING_F_EVENT_IDX) |                 \
	 FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_F_RING_PACKED) | FEATURE(VIRTIO_F_IN_ORDER))

/* Largest size_max and seg_max: a device that names none. */
#define BLK_DEV_SIZE_UNLIMITED	   (UINT32_MAX - (BLK_SECTOR_BYTES - 1))
#define BLK_DEV_SEGMENTS_UNLIMITED UINT32_MAX

/**
 * struct blk_dev - a device
 * @transport: how it is reached
 * @path: how it was named
 * @offered: feature bits of the device
 * @features: bits negotiated, those of the transport among them
 * @capacity_bytes: size, in whole logical blocks
 * @block_bytes: logical block size
 * @physical_block_exp: logical blocks of a physical one, as a power of two
 * @alignment_offset: first logical block that a physical one starts at
 * @min_io_blocks: smallest transfer that is advisable, in logical blocks, 0 = not said
 * @opt_io_blocks: best transfer, in logical blocks, 0 = not said
 * @seg_max: most data segments of a request
 * @size_max: most bytes of a segment, in whole sectors
 * @queues_max: queues it can serve
 * @writeback: it has a volatile cache, so that FLUSH matters
 * @range: limits of discard, write zeroes and secure erase
 * @write_zeroes_may_unmap: write zeroes can give space back
 * @zoned: zones
 * @status: device status as we set it last
 * @silent: it left a message unanswered
 * @iova: the arena's first I/O virtual address, once it is started
 * @error: what went wrong
 */
struct blk_dev {
	struct transport transport;
	const char *path;
	uint64_t offered;
	uint64_t features;
	uint64_t capacity_bytes;
	uint32_t block_bytes;
	uint8_t physical_block_exp;
	uint8_t alignment_offset;
	uint16_t min_io_blocks;
	uint32_t opt_io_blocks;
	uint32_t seg_max;
	uint32_t size_max;
	uint32_t queues_max;
	bool writeback;
	struct blk_range_limits range[BLK_RANGE_KINDS];
	bool write_zeroes_may_unmap;
	struct blk_zoned zoned;
	uint8_t status;
	bool silent;
	uint64_t iova;
	struct error error;
};

/* A feature was negotiated. */
static inline bool blk_dev_has(const struct blk_dev *dev, unsigned int feature)
{
	return dev->features & FEATURE(feature);
}

/**
 * blk_dev_ring_config - the part of a queue's make-up that a device and its features settle
 * @dev: device, opened
 *
 * What is left is the caller's to choose.
 */
static inline struct virtq_config blk_dev_ring_config(const struct blk_dev *dev)
{
	return (struct virtq_config){
		.header_bytes = BLK_HEADER_BYTES,
		.footer_bytes = BLK_STATUS_BYTES,
		.packed = blk_dev_has(dev, VIRTIO_F_RING_PACKED),
		.indirect = blk_dev_has(dev, VIRTIO_RING_F_INDIRECT_DESC),
		.event_idx = blk_dev_has(dev, VIRTIO_RING_F_EVENT_IDX),
		.in_order = blk_dev_has(dev, VIRTIO_F_IN_ORDER),
	};
}

/* Device-visible length of a descriptor chain: RING-3, with room for header and status. */
#define BLK_DEV_REQUEST_BYTES_MAX ((1ull << 32) - 4096)

/**
 * blk_dev_request_bytes - most data of one read or write
 * @dev: device
 * @descriptors: data descriptors that the request may have
 *
 * In whole logical blocks; 0 = not even one.
 */
static inline uint64_t blk_dev_request_bytes(const struct blk_dev *dev, uint32_t descriptors)
{
	uint64_t bytes = (uint64_t)dev->size_max * descriptors;

	if (bytes > BLK_DEV_REQUEST_BYTES_MAX)
		bytes = BLK_DEV_REQUEST_BYTES_MAX;
	return bytes & ~(uint64_t)(dev->block_bytes - 1);
}

int blk_dev_open(struct blk_dev *dev, const char *path, unsigned int timeout_ms,
		 const struct blk_dev_options *options);
void blk_dev_close(struct blk_dev *dev);

#endif
