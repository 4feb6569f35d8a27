/* SPDX-License-Identifier: GPL-2.0-only */
/* The status byte of a request: errno, name and description (VIRTIO 1.3, 5.2.6). */
#ifndef VHOST_BLK_BLK_STATUS_H
#define VHOST_BLK_BLK_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int blk_status_error(uint8_t status, bool zoned);
const char *blk_status_name(uint8_t status);
void blk_status_describe(uint8_t status, char *text, size_t bytes);

#endif
