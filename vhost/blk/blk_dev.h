/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio-blk device on any transport: connection and feature negotiation (VIRTIO 1.3, 3.1 and
 * 5.2). blk_config.h has the configuration space, and blk_start.h the start and stop of the queues.
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

/* The kernel headers of the oldest supported systems do not define these features. */
#ifndef VIRTIO_F_IN_ORDER
#define VIRTIO_F_IN_ORDER 35
#endif
#ifndef VIRTIO_BLK_F_LIFETIME
#define VIRTIO_BLK_F_LIFETIME 15
#endif
#ifndef VIRTIO_BLK_F_ZONED
#define VIRTIO_BLK_F_ZONED 17
#endif

/*
 * Features that this driver implements. The driver accepts each of them if the device offers the
 * feature, but IN_ORDER only if the user requires it. Features that depend on the transport are in
 * struct transport_ops.
 */
#define BLK_DEV_FEATURES                                                                           \
	(FEATURE(VIRTIO_BLK_F_SIZE_MAX) | FEATURE(VIRTIO_BLK_F_SEG_MAX) |                          \
	 FEATURE(VIRTIO_BLK_F_RO) | FEATURE(VIRTIO_BLK_F_BLK_SIZE) | FEATURE(VIRTIO_BLK_F_FLUSH) | \
	 FEATURE(VIRTIO_BLK_F_TOPOLOGY) | FEATURE(VIRTIO_BLK_F_CONFIG_WCE) |                       \
	 FEATURE(VIRTIO_BLK_F_MQ) | FEATURE(VIRTIO_BLK_F_DISCARD) |                                \
	 FEATURE(VIRTIO_BLK_F_WRITE_ZEROES) | FEATURE(VIRTIO_BLK_F_LIFETIME) |                     \
	 FEATURE(VIRTIO_BLK_F_SECURE_ERASE) | FEATURE(VIRTIO_BLK_F_ZONED) |                        \
	 FEATURE(VIRTIO_RING_F_INDIRECT_DESC) | FEATURE(VIRTIO_RING_F_EVENT_IDX) |                 \
	 FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_F_RING_PACKED) | FEATURE(VIRTIO_F_IN_ORDER))

/* size_max and seg_max of a device that does not limit them. */
#define BLK_DEV_SIZE_UNLIMITED	   (UINT32_MAX - (BLK_SECTOR_BYTES - 1))
#define BLK_DEV_SEGMENTS_UNLIMITED UINT32_MAX

/**
 * struct blk_dev - a virtio-blk device
 * @transport: connection to the device
 * @path: name that the user gave for the device
 * @offered: feature bits that the device offers
 * @features: negotiated feature bits, including those of the transport
 * @capacity_bytes: capacity, rounded down to whole logical blocks
 * @block_bytes: logical block size
 * @physical_block_exp: base-2 logarithm of the number of logical blocks in a physical block
 * @alignment_offset: first logical block at which a physical block starts
 * @min_io_blocks: suggested minimum transfer in logical blocks, 0 = not reported
 * @opt_io_blocks: optimal transfer in logical blocks, 0 = not reported
 * @seg_max: maximum number of data segments in a request
 * @size_max: maximum size of a segment in bytes, rounded down to whole sectors
 * @queues_max: number of queues that the device can serve
 * @writeback: the device has a volatile cache, so that writes need a FLUSH to be durable
 * @range: limits of discard, write zeroes and secure erase
 * @write_zeroes_may_unmap: the device may deallocate sectors in write zeroes requests
 * @zoned: properties of the zones
 * @status: device status that the driver wrote last
 * @silent: the device did not answer in time
 * @iova: first I/O virtual address of the arena, set by blk_dev_start()
 * @error: message about the last error
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

/* Return true if the feature was negotiated. */
static inline bool blk_dev_has(const struct blk_dev *dev, unsigned int feature)
{
	return dev->features & FEATURE(feature);
}

/**
 * blk_dev_ring_config - get the queue settings that follow from the negotiated features
 * @dev: device, opened
 *
 * The caller sets the other fields.
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

/*
 * Maximum data length of a request: a descriptor chain has at most 2^32 bytes (RING-3), of which
 * 4096 are reserved for header and status.
 */
#define BLK_DEV_REQUEST_BYTES_MAX ((1ull << 32) - 4096)

/**
 * blk_dev_request_bytes - compute the maximum data length of a read or write
 * @dev: device
 * @descriptors: number of data descriptors that the request may have
 *
 * Returns the length in bytes, rounded down to whole logical blocks; 0 if a request cannot hold a
 * logical block.
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
