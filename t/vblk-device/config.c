/* SPDX-License-Identifier: GPL-2.0-only */
/* The features that the device offers, and its configuration space */
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "t/vblk-device/vblk-device.h"

_Static_assert(offsetof(struct vdev_config, zoned) == VDEV_CONFIG_ZONED_OFFSET,
	       "the zoned characteristics follow struct virtio_blk_config");

/**
 * vdev_config_features - return the virtio features to offer
 * @o: options
 */
uint64_t vdev_config_features(const struct vdev_options *o)
{
	uint64_t f = BIT(VIRTIO_F_VERSION_1) | BIT(VHOST_USER_F_PROTOCOL_FEATURES) |
		     BIT(VIRTIO_BLK_F_MQ) | BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_BLK_SIZE) |
		     BIT(VIRTIO_BLK_F_TOPOLOGY);

	f |= o->packed ? BIT(VIRTIO_F_RING_PACKED) : 0;
	f |= o->indirect ? BIT(VIRTIO_RING_F_INDIRECT_DESC) : 0;
	f |= o->event_idx ? BIT(VIRTIO_RING_F_EVENT_IDX) : 0;
	f |= o->in_order ? BIT(VIRTIO_F_IN_ORDER) : 0;
	f |= o->read_only ? BIT(VIRTIO_BLK_F_RO) : 0;
	f |= o->size_max ? BIT(VIRTIO_BLK_F_SIZE_MAX) : 0;
	f |= o->flush ? BIT(VIRTIO_BLK_F_FLUSH) : 0;
	f |= o->wce ? BIT(VIRTIO_BLK_F_CONFIG_WCE) : 0;
	f |= o->discard ? BIT(VIRTIO_BLK_F_DISCARD) : 0;
	f |= o->write_zeroes ? BIT(VIRTIO_BLK_F_WRITE_ZEROES) : 0;
	f |= o->secure_erase ? BIT(VIRTIO_BLK_F_SECURE_ERASE) : 0;
	f |= o->zoned ? BIT(VDEV_F_ZONED) : 0;
	f |= o->lifetime ? BIT(VDEV_F_LIFETIME) : 0;
	return f;
}

/**
 * vdev_config_fill - fill in the configuration space for a front-end
 * @conn: connection
 * @config: configuration space to fill in
 *
 * Return the size of the configuration space in bytes.
 */
uint32_t vdev_config_fill(const struct vdev_conn *conn, struct vdev_config *config)
{
	const struct vdev_options *o = &vdev_opt;
	struct virtio_blk_config *cfg = &config->blk;

	memset(config, 0, sizeof(*config));
	cfg->capacity = htole64(load_relaxed(&vdev_store.capacity_bytes) / VDEV_SECTOR_BYTES);
	cfg->size_max = htole32(o->size_max);
	cfg->seg_max = htole32(o->seg_max);
	cfg->blk_size = htole32(o->block_bytes);
	cfg->physical_block_exp = o->block_bytes == 512 ? 3 : 0;
	cfg->min_io_size = htole16(1);
	cfg->wce = conn->writeback;
	cfg->num_queues = htole16((uint16_t)o->queues);
	if (o->discard) {
		cfg->max_discard_sectors = htole32(o->max_discard_sectors);
		cfg->max_discard_seg = htole32(o->max_discard_seg);
		cfg->discard_sector_alignment = htole32(o->discard_align_sectors);
	}
	if (o->write_zeroes) {
		cfg->max_write_zeroes_sectors = htole32(o->max_write_zeroes_sectors);
		cfg->max_write_zeroes_seg = htole32(o->max_write_zeroes_seg);
		cfg->write_zeroes_may_unmap = 1;
	}
	if (o->secure_erase) {
		cfg->max_secure_erase_sectors = htole32(o->max_secure_erase_sectors);
		cfg->max_secure_erase_seg = htole32(o->max_secure_erase_seg);
		cfg->secure_erase_sector_alignment = htole32(o->secure_erase_align_sectors);
	}
	if (!o->zoned)
		return sizeof(config->blk);
	config->zoned = (struct vdev_zoned_characteristics){
		.zone_sectors = htole32((uint32_t)(o->zone_bytes / VDEV_SECTOR_BYTES)),
		.max_open_zones = htole32(o->max_open_zones),
		.max_active_zones = htole32(o->max_active_zones),
		.max_append_sectors = htole32(o->max_append_sectors),
		.write_granularity = htole32(o->write_granularity_bytes),
		.model = VDEV_Z_HM,
	};
	return sizeof(*config);
}
