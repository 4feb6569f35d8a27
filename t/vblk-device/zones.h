/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The zones of a host-managed device: their states and write pointers (VIRTIO 1.3, 5.2.6)
 *
 * Nothing here knows of data, requests or threads: the caller lets one thread in at a time.
 */
#ifndef VBLK_DEVICE_ZONES_H
#define VBLK_DEVICE_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "t/vblk-device/spec.h"

/**
 * struct vblk_zones_layout - what the zones are like
 * @capacity_sectors: of the device
 * @zone_sectors: of every zone; the last one may be smaller
 * @zone_capacity_sectors: what can be written of a zone, at most @zone_sectors
 * @nr_conventional: how many zones, from the first on, are conventional
 * @max_open: zones open at a time, 0 = any number
 * @max_active: zones active at a time, 0 = any number
 * @max_append_sectors: largest append, 0 = none
 * @write_granularity_sectors: what starts and ends of writes are multiples of
 */
struct vblk_zones_layout {
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
 * struct vblk_zone - one zone
 * @start: first sector
 * @sectors: length
 * @capacity: sectors of it that can be written
 * @wp: where the next write goes
 * @written: end of what has been written since the last reset; reads as zeros behind
 * @opened: when it was opened implicitly, for the choice of one to close
 * @type: conventional or sequential
 * @state: its state
 */
struct vblk_zone {
	uint64_t start;
	uint64_t sectors;
	uint64_t capacity;
	uint64_t wp;
	uint64_t written;
	uint64_t opened;
	enum vblk_zone_type type;
	enum vblk_zone_state state;
};

/**
 * struct vblk_zones - all of them
 * @layout: what they are like
 * @nr: how many
 * @zone: every one
 * @nr_open: how many are open
 * @nr_active: how many are active, open ones included
 * @clock: counts implicit opens
 */
struct vblk_zones {
	struct vblk_zones_layout layout;
	uint32_t nr;
	struct vblk_zone *zone;
	uint32_t nr_open;
	uint32_t nr_active;
	uint64_t clock;
};

int vblk_zones_init(struct vblk_zones *z, const struct vblk_zones_layout *layout);
void vblk_zones_free(struct vblk_zones *z);
struct vblk_zone *vblk_zones_at(const struct vblk_zones *z, uint64_t sector);

uint8_t vblk_zones_read(const struct vblk_zones *z, uint64_t sector, uint64_t sectors);
uint8_t vblk_zones_write(struct vblk_zones *z, uint64_t sector, uint64_t sectors);
void vblk_zones_written(struct vblk_zones *z, uint64_t sector, uint64_t sectors);
uint8_t vblk_zones_append(struct vblk_zones *z, uint64_t zone_sector, uint64_t sectors,
			  uint64_t *append_sector);

uint8_t vblk_zones_open(struct vblk_zones *z, uint64_t zone_sector);
uint8_t vblk_zones_close(struct vblk_zones *z, uint64_t zone_sector);
uint8_t vblk_zones_finish(struct vblk_zones *z, uint64_t zone_sector);
uint8_t vblk_zones_reset(struct vblk_zones *z, uint64_t zone_sector);
void vblk_zones_reset_all(struct vblk_zones *z);
int vblk_zones_break(struct vblk_zones *z, uint64_t nr, enum vblk_zone_state state);

uint32_t vblk_zones_report(const struct vblk_zones *z, uint64_t sector,
			   struct vblk_zone_descriptor *desc, uint32_t max);

#endif
