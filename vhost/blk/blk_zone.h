/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zoned devices (VIRTIO 1.3, 5.2.6): what they say of themselves, their commands, and reading the
 * report of their zones.
 */
#ifndef VHOST_BLK_BLK_ZONE_H
#define VHOST_BLK_BLK_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>
#include <linux/virtio_blk.h>

/* Newer than the kernel headers of the oldest systems this builds on; an enum, since those of newer
 * ones have macros of the specification's names. */
enum blk_zone_type {
	BLK_T_ZONE_REPORT = 16,
	BLK_T_ZONE_OPEN = 18,
	BLK_T_ZONE_CLOSE = 20,
	BLK_T_ZONE_FINISH = 22,
	BLK_T_ZONE_RESET = 24,
	BLK_T_ZONE_RESET_ALL = 26,
};

/* Statuses of requests to a zoned device. */
enum blk_zone_status {
	BLK_S_ZONE_INVALID_CMD = 3,
	BLK_S_ZONE_UNALIGNED_WP = 4,
	BLK_S_ZONE_OPEN_RESOURCE = 5,
	BLK_S_ZONE_ACTIVE_RESOURCE = 6,
};

/* Zoned models. */
enum blk_zone_model {
	BLK_ZONE_MODEL_NONE = 0,
	BLK_ZONE_MODEL_HOST_MANAGED = 1,
	BLK_ZONE_MODEL_HOST_AWARE = 2,
};

/* Zone types. */
enum blk_zone_kind {
	BLK_ZONE_CONVENTIONAL = 1,
	BLK_ZONE_SEQUENTIAL_REQUIRED = 2,
	BLK_ZONE_SEQUENTIAL_PREFERRED = 3,
};

/* Zone states. */
enum blk_zone_state {
	BLK_ZONE_NOT_WP = 0,
	BLK_ZONE_EMPTY = 1,
	BLK_ZONE_IMPLICITLY_OPEN = 2,
	BLK_ZONE_EXPLICITLY_OPEN = 3,
	BLK_ZONE_CLOSED = 4,
	BLK_ZONE_READ_ONLY = 13,
	BLK_ZONE_FULL = 14,
	BLK_ZONE_OFFLINE = 15,
};

/* The configuration space's struct virtio_blk_zoned_characteristics, and where it lies. */
#define BLK_ZONE_CONFIG_OFFSET 72u
struct blk_zone_config {
	__le32 zone_sectors;
	__le32 max_open_zones;
	__le32 max_active_zones;
	__le32 max_append_sectors;
	__le32 write_granularity;
	__u8 model;
	__u8 unused2[3];
};

/* A zone report: its header, and a descriptor per zone behind it. */
struct blk_zone_report {
	__le64 nr_zones;
	__u8 reserved[56];
};

struct blk_zone_descriptor {
	__le64 z_cap;
	__le64 z_start;
	__le64 z_wp;
	__u8 z_type;
	__u8 z_state;
	__u8 reserved[38];
};

_Static_assert(sizeof(struct blk_zone_config) == 24, "VIRTIO 1.3, 5.2.4");
_Static_assert(sizeof(struct blk_zone_report) == 64, "VIRTIO 1.3, 5.2.6");
_Static_assert(sizeof(struct blk_zone_descriptor) == 64, "VIRTIO 1.3, 5.2.6");

/* Room for a report of that many zones. */
#define BLK_ZONE_REPORT_BYTES(zones) \
	(sizeof(struct blk_zone_report) + (zones) * sizeof(struct blk_zone_descriptor))

/**
 * struct blk_zoned - what a device says of its zones
 * @model: enum blk_zone_model; with BLK_ZONE_MODEL_NONE the rest is 0
 * @zone_bytes: size of a zone; the last one may be smaller
 * @max_open: most zones that are open at a time, 0 = no limit
 * @max_active: most zones that are open or closed at a time, 0 = no limit
 * @max_append_bytes: most bytes of a zone append, 0 = the device does not do it
 * @write_granularity_bytes: what offsets and lengths of writes to sequential zones are multiples of
 */
struct blk_zoned {
	enum blk_zone_model model;
	uint64_t zone_bytes;
	uint32_t max_open;
	uint32_t max_active;
	uint64_t max_append_bytes;
	uint32_t write_granularity_bytes;
};

/**
 * struct blk_zone - one zone, as reported and checked
 * @start_bytes: where it begins
 * @bytes: its length
 * @capacity_bytes: how much of it can be written
 * @wp_bytes: where the next write goes; its end for zones that take no more, its start for
 *	conventional ones
 * @kind: enum blk_zone_kind
 * @state: enum blk_zone_state
 */
struct blk_zone {
	uint64_t start_bytes;
	uint64_t bytes;
	uint64_t capacity_bytes;
	uint64_t wp_bytes;
	enum blk_zone_kind kind;
	enum blk_zone_state state;
};

struct blk_dev;
struct error;

int blk_zone_read_report(const struct blk_dev *dev, uint64_t offset_bytes, const void *report,
			 size_t bytes, struct blk_zone *zones, unsigned int max,
			 struct error *error);
const char *blk_zone_model_name(enum blk_zone_model model);

#endif
