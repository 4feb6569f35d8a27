/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zoned devices (VIRTIO 1.3, 5.2.6): their properties and request types, and the conversion of zone
 * reports.
 */
#ifndef VHOST_BLK_BLK_ZONE_H
#define VHOST_BLK_BLK_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>
#include <linux/virtio_blk.h>

/*
 * Request types. The kernel headers of the oldest supported systems do not define the values of
 * zoned devices. Newer headers define macros with the names of the specification, so this file uses
 * enums with names of its own.
 */
enum blk_zone_type {
	BLK_T_ZONE_REPORT = 16,
	BLK_T_ZONE_OPEN = 18,
	BLK_T_ZONE_CLOSE = 20,
	BLK_T_ZONE_FINISH = 22,
	BLK_T_ZONE_RESET = 24,
	BLK_T_ZONE_RESET_ALL = 26,
};

/* Statuses of requests that only zoned devices use. */
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

/* struct virtio_blk_zoned_characteristics of the configuration space, and its offset in bytes. */
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

/* A zone report: a header, followed by one descriptor for each zone. */
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

/* Length of a report of @zones zones. */
#define BLK_ZONE_REPORT_BYTES(zones) \
	(sizeof(struct blk_zone_report) + (zones) * sizeof(struct blk_zone_descriptor))

/**
 * struct blk_zoned - properties of the zones of a device
 * @model: zoned model; with BLK_ZONE_MODEL_NONE all other fields are 0
 * @zone_bytes: size of a zone; the last zone may be smaller
 * @max_open: maximum number of open zones, 0 = no limit
 * @max_active: maximum number of open or closed zones, 0 = no limit
 * @max_append_bytes: maximum length of a zone append, 0 = zone append is not supported
 * @write_granularity_bytes: offsets and lengths of writes to sequential zones are multiples of this
 *	length
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
 * struct blk_zone - one zone of a checked zone report
 * @start_bytes: offset of the zone
 * @bytes: length of the zone
 * @capacity_bytes: length of the part that can be written
 * @wp_bytes: offset of the next write. For zones that accept no writes, the start of the zone plus
 *	@capacity_bytes; for zones without a write pointer, the start of the zone
 * @kind: zone type
 * @state: zone state
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
