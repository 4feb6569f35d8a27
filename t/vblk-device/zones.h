/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The zones of a host-managed device: their states and write pointers (VIRTIO 1.3, 5.2.6)
 *
 * These functions do not access data or requests, and they take no lock: the caller must serialise
 * all calls.
 */
#ifndef T_VBLK_DEVICE_ZONES_H
#define T_VBLK_DEVICE_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "t/vblk-device/spec.h"

/**
 * struct vdev_zones_layout - number, sizes and limits of the zones
 * @capacity_sectors: capacity of the device
 * @zone_sectors: size of a zone; the last zone may be smaller
 * @zone_capacity_sectors: capacity of a zone: sectors that can be written, at most @zone_sectors
 * @nr_conventional: number of conventional zones, which come first
 * @max_open: maximum number of open zones, 0 for no limit
 * @max_active: maximum number of active zones, 0 for no limit
 * @max_append_sectors: maximum size of an append, 0 if ZONE_APPEND is not supported
 * @write_granularity_sectors: start and end of a write are multiples of this
 */
struct vdev_zones_layout {
	uint64_t capacity_sectors;
	uint32_t zone_sectors;
	uint32_t zone_capacity_sectors;
	uint32_t nr_conventional;
	uint32_t max_open;
	uint32_t max_active;
	uint32_t max_append_sectors;
	uint32_t write_granularity_sectors;
};

/**
 * struct vdev_zone - one zone
 * @start: first sector
 * @sectors: size in sectors
 * @capacity: number of sectors that can be written
 * @wp: write pointer: sector of the next write
 * @written: end of the sectors written since the last reset; sectors from here on read as zeros
 * @opened: value of @clock in struct vdev_zones when the zone was last opened implicitly
 * @type: conventional or sequential
 * @state: state of the zone
 */
struct vdev_zone {
	uint64_t start;
	uint64_t sectors;
	uint64_t capacity;
	uint64_t wp;
	uint64_t written;
	uint64_t opened;
	enum vdev_zone_type type;
	enum vdev_zone_state state;
};

/**
 * struct vdev_zones - all zones of a device
 * @layout: number, sizes and limits of the zones
 * @nr: number of zones
 * @zone: array of @nr zones
 * @nr_open: number of open zones
 * @nr_active: number of active zones, including open zones
 * @clock: number of implicit opens so far
 */
struct vdev_zones {
	struct vdev_zones_layout layout;
	uint32_t nr;
	struct vdev_zone *zone;
	uint32_t nr_open;
	uint32_t nr_active;
	uint64_t clock;
};

int vdev_zones_init(struct vdev_zones *z, const struct vdev_zones_layout *layout);
void vdev_zones_free(struct vdev_zones *z);
struct vdev_zone *vdev_zones_at(const struct vdev_zones *z, uint64_t sector);

uint8_t vdev_zones_read(const struct vdev_zones *z, uint64_t sector, uint64_t sectors);
uint8_t vdev_zones_write(struct vdev_zones *z, uint64_t sector, uint64_t sectors);
void vdev_zones_written(struct vdev_zones *z, uint64_t sector, uint64_t sectors);
uint8_t vdev_zones_append(struct vdev_zones *z, uint64_t zone_sector, uint64_t sectors,
			  uint64_t *append_sector);

uint8_t vdev_zones_open(struct vdev_zones *z, uint64_t zone_sector);
uint8_t vdev_zones_close(struct vdev_zones *z, uint64_t zone_sector);
uint8_t vdev_zones_finish(struct vdev_zones *z, uint64_t zone_sector);
uint8_t vdev_zones_reset(struct vdev_zones *z, uint64_t zone_sector);
void vdev_zones_reset_all(struct vdev_zones *z);
int vdev_zones_break(struct vdev_zones *z, uint64_t nr, enum vdev_zone_state state);

uint32_t vdev_zones_report(const struct vdev_zones *z, uint64_t sector,
			   struct vdev_zone_descriptor *desc, uint32_t max);

#endif
