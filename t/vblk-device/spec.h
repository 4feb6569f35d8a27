/* SPDX-License-Identifier: GPL-2.0-only */
/* Definitions from VIRTIO 1.3, 5.2, that <linux/virtio_blk.h> lacks */
#ifndef T_VBLK_DEVICE_SPEC_H
#define T_VBLK_DEVICE_SPEC_H

#include <linux/types.h>

#define VDEV_F_LIFETIME	    15
#define VDEV_F_ZONED	    17
#define VDEV_T_GET_LIFETIME 10

/* Request types of zoned devices. All except ZONE_APPEND are even numbers. */
#define VDEV_T_ZONE_APPEND    15
#define VDEV_T_ZONE_REPORT    16
#define VDEV_T_ZONE_OPEN      18
#define VDEV_T_ZONE_CLOSE     20
#define VDEV_T_ZONE_FINISH    22
#define VDEV_T_ZONE_RESET     24
#define VDEV_T_ZONE_RESET_ALL 26

#define VDEV_S_ZONE_INVALID_CMD	    3
#define VDEV_S_ZONE_UNALIGNED_WP    4
#define VDEV_S_ZONE_OPEN_RESOURCE   5
#define VDEV_S_ZONE_ACTIVE_RESOURCE 6

/* Values of z_type and z_state in a zone descriptor. */
enum vdev_zone_type {
	VDEV_ZT_CONV = 1,
	VDEV_ZT_SWR = 2,
};

enum vdev_zone_state {
	VDEV_ZS_NOT_WP = 0,
	VDEV_ZS_EMPTY = 1,
	VDEV_ZS_IOPEN = 2,
	VDEV_ZS_EOPEN = 3,
	VDEV_ZS_CLOSED = 4,
	VDEV_ZS_RDONLY = 13,
	VDEV_ZS_FULL = 14,
	VDEV_ZS_OFFLINE = 15,
};

/* The zoned characteristics, at the end of the configuration space. */
#define VDEV_CONFIG_ZONED_OFFSET 72
#define VDEV_Z_HM		 1

struct vdev_zoned_characteristics {
	__le32 zone_sectors;
	__le32 max_open_zones;
	__le32 max_active_zones;
	__le32 max_append_sectors;
	__le32 write_granularity; /* bytes */
	__u8 model;
	__u8 unused2[3];
};

/* A zone report consists of this header and the zone descriptors. */
struct vdev_zone_report {
	__le64 nr_zones;
	__u8 reserved[56];
};

struct vdev_zone_descriptor {
	__le64 z_cap;
	__le64 z_start;
	__le64 z_wp;
	__u8 z_type;
	__u8 z_state;
	__u8 reserved[38];
};

#endif
