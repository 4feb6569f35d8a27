/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The zones of a host-managed device: their states and write pointers (VIRTIO 1.3, 5.2.6)
 *
 * Nothing here knows of data, requests or threads: the caller lets one thread in at a time.
 */
#ifndef T_VBLK_DEVICE_ZONES_H
#define T_VBLK_DEVICE_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "t/vblk-device/spec.h"

/**
 * struct vdev_zones_layout - what the zones are like
 * @capacity_sectors: of the device
 * @zone_sectors: of every zone; the last one may be smaller
 * @zone_capacity_sectors: what can be written of a zone, at most @zone_sectors
 * @nr_conventional: how many zones, from the first on, are conventional
 * @max_open: zones open at a time, 0 = any number
 * @max_active: zones active at a time, 0 = any number
 * @max_append_sectors: largest append, 0 = none
 * @write_granularity_sectors: what starts and ends of writes are multiples of
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
 * @sectors: length
 * @capacity: sectors of it that can be written
 * @wp: where the next write goes
 * @written: end of what has been written since the last reset; reads as zeros behind
 * @opened: when it was opened implicitly, for the choice of one to close
 * @type: conventional or sequential
 * @state: its state
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
 * struct vdev_zones - all of them
 * @layout: what they are like
 * @nr: how many
 * @zone: every one
 * @nr_open: how many are open
 * @nr_active: how many are active, open ones included
 * @clock: counts implicit opens
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
