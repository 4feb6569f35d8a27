/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of VIRTIO 1.3, 5.2, that <linux/virtio_blk.h> does not carry
 */
#ifndef VBLK_DEVICE_SPEC_H
#define VBLK_DEVICE_SPEC_H

#define VBLK_F_LIFETIME	    15
#define VBLK_T_GET_LIFETIME 10

/* Request types of zoned devices: an append, and the others, which are even numbers. */
#define VBLK_T_ZONE_APPEND    15
#define VBLK_T_ZONE_REPORT    16
#define VBLK_T_ZONE_OPEN      18
#define VBLK_T_ZONE_CLOSE     20
#define VBLK_T_ZONE_FINISH    22
#define VBLK_T_ZONE_RESET     24
#define VBLK_T_ZONE_RESET_ALL 26

#endif
