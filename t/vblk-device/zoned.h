/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to a zoned device
 */
#ifndef VBLK_DEVICE_ZONED_H
#define VBLK_DEVICE_ZONED_H

#include "t/vblk-device/vblk-device.h"

struct vblk_buffers;

int vblk_zoned_start(const struct vblk_options *o, uint64_t size_bytes);
int vblk_zoned_break(uint64_t nr, enum vblk_zone_state state);

uint8_t vblk_zoned_read(const struct vblk_buffers *b, uint64_t sector);
uint8_t vblk_zoned_write(const struct vblk_queue *q, const struct vblk_buffers *b, uint64_t sector);
uint8_t vblk_zoned_zero(const struct vblk_queue *q, uint64_t sector, uint32_t sectors, bool unmap);
uint8_t vblk_zoned_erase(const struct vblk_queue *q, uint64_t sector, uint32_t sectors);
uint8_t vblk_zoned_execute(const struct vblk_queue *q, struct vblk_chain *c, uint32_t type,
			   uint64_t sector, const struct vblk_buffers *b, bool *in_filled);

#endif
