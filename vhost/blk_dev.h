/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio-blk device behind a vhost-user socket: reaching it, agreeing on features, its
 * configuration space, starting and stopping its queues (VIRTIO 1.3, 3.1 and 5.2).
 */
#ifndef VHOST_BLK_DEV_H
#define VHOST_BLK_DEV_H

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "vhost/arena.h"
#include "vhost/blk_range.h"
#include "vhost/blk_request.h"
#include "vhost/blk_zone.h"
#include "vhost/features.h"
#include "vhost/vhost_user.h"

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

/* Largest size_max and seg_max: a device that names none. */
#define BLK_DEV_SIZE_UNLIMITED	   (UINT32_MAX - (BLK_SECTOR_BYTES - 1))
#define BLK_DEV_SEGMENTS_UNLIMITED UINT32_MAX

/**
 * struct blk_dev - a device
 * @vu: connection
 * @path: how it was named
 * @offered: feature bits of the device
 * @features: bits negotiated, VHOST_USER_F_PROTOCOL_FEATURES among them
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
 * @mem_slots: memory regions that the back-end can map, 0 = not said
 * @status: device status as we set it last
 * @silent: it left a message unanswered
 * @inflight: where the back-end notes its requests, if it was wished for
 * @queues_set: queues that were described to it and must be stopped
 * @error: what went wrong, one sentence
 */
struct blk_dev {
	struct vhost_user vu;
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
	uint64_t mem_slots;
	uint8_t status;
	bool silent;
	struct vhost_user_inflight inflight;
	uint32_t queues_set;
	char error[320];
};

/**
 * struct blk_dev_queue - a queue as blk_dev_start() hands it over
 * @size: ring entries
 * @base: where the device begins, from virtq_base()
 * @addr: its areas
 * @kick_fd: eventfd for available-buffer notifications
 * @call_fd: eventfd for used-buffer notifications
 */
struct blk_dev_queue {
	uint32_t size;
	uint32_t base;
	struct vhost_user_vring_addr addr;
	int kick_fd;
	int call_fd;
};

/* A feature was negotiated. */
static inline bool blk_dev_has(const struct blk_dev *dev, unsigned int feature)
{
	return dev->features & FEATURE(feature);
}

int blk_dev_open(struct blk_dev *dev, const char *path, unsigned int timeout_ms,
		 const struct feature_wish *wish);
int blk_dev_set_writeback(struct blk_dev *dev, bool writeback);
int blk_dev_start(struct blk_dev *dev, const struct arena *arena,
		  const struct blk_dev_queue *queues, uint32_t count);
int blk_dev_disable_queue(struct blk_dev *dev, uint32_t index);
int blk_dev_stop(struct blk_dev *dev);
void blk_dev_forget_inflight(struct blk_dev *dev);
void blk_dev_close(struct blk_dev *dev);

#endif
