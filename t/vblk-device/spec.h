/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of VIRTIO 1.3, 5.2, that <linux/virtio_blk.h> does not carry
 */
#ifndef VBLK_DEVICE_SPEC_H
#define VBLK_DEVICE_SPEC_H

#include <linux/types.h>

#define VBLK_F_LIFETIME	    15
#define VBLK_F_ZONED	    17
#define VBLK_T_GET_LIFETIME 10

/* Request types of zoned devices: an append, and the others, which are even numbers. */
#define VBLK_T_ZONE_APPEND    15
#define VBLK_T_ZONE_REPORT    16
#define VBLK_T_ZONE_OPEN      18
#define VBLK_T_ZONE_CLOSE     20
#define VBLK_T_ZONE_FINISH    22
#define VBLK_T_ZONE_RESET     24
#define VBLK_T_ZONE_RESET_ALL 26

#define VBLK_S_ZONE_INVALID_CMD	    3
#define VBLK_S_ZONE_UNALIGNED_WP    4
#define VBLK_S_ZONE_OPEN_RESOURCE   5
#define VBLK_S_ZONE_ACTIVE_RESOURCE 6

/* z_type and z_state of a zone descriptor. */
enum vblk_zone_type {
	VBLK_ZT_CONV = 1,
	VBLK_ZT_SWR = 2,
};

enum vblk_zone_state {
	VBLK_ZS_NOT_WP = 0,
	VBLK_ZS_EMPTY = 1,
	VBLK_ZS_IOPEN = 2,
	VBLK_ZS_EOPEN = 3,
	VBLK_ZS_CLOSED = 4,
	VBLK_ZS_RDONLY = 13,
	VBLK_ZS_FULL = 14,
	VBLK_ZS_OFFLINE = 15,
};

/* What stands behind the rest of the configuration space. */
#define VBLK_CONFIG_ZONED_OFFSET 72
#define VBLK_Z_HM		 1

struct vblk_zoned_characteristics {
	__le32 zone_sectors;
	__le32 max_open_zones;
	__le32 max_active_zones;
	__le32 max_append_sectors;
	__le32 write_granularity; /* bytes */
	__u8 model;
	__u8 unused2[3];
};

/* A zone report: one header, then descriptors. */
struct vblk_zone_report {
	__le64 nr_zones;
	__u8 reserved[56];
};

struct vblk_zone_descriptor {
	__le64 z_cap;
	__le64 z_start;
	__le64 z_wp;
	__u8 z_type;
	__u8 z_state;
	__u8 reserved[38];
};

#endif
