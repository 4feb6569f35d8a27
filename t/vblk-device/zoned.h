/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to a zoned device
 */
#ifndef T_VBLK_DEVICE_ZONED_H
#define T_VBLK_DEVICE_ZONED_H

#include "t/vblk-device/vblk-device.h"

struct vdev_buffers;

int vdev_zoned_start(const struct vdev_options *o, uint64_t size_bytes);
int vdev_zoned_break(uint64_t nr, enum vdev_zone_state state);

uint8_t vdev_zoned_read(const struct vdev_buffers *b, uint64_t sector);
uint8_t vdev_zoned_write(const struct vdev_queue *q, const struct vdev_buffers *b, uint64_t sector);
uint8_t vdev_zoned_zero(const struct vdev_queue *q, uint64_t sector, uint32_t sectors, bool unmap);
uint8_t vdev_zoned_erase(const struct vdev_queue *q, uint64_t sector, uint32_t sectors);
uint8_t vdev_zoned_execute(const struct vdev_queue *q, struct vdev_chain *c, uint32_t type,
			   uint64_t sector, const struct vdev_buffers *b, bool *in_filled);

#endif
