/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio-blk device's configuration space, and what else the sources of blk_dev.h share. For them
 * only. */
#ifndef VHOST_BLK_CONFIG_H
#define VHOST_BLK_CONFIG_H

#include "vhost/blk/blk_dev.h"

uint32_t blk_config_width(uint32_t offset);
int blk_config_read(struct blk_dev *dev, uint16_t *queues);
int blk_config_read_cache_mode(struct blk_dev *dev);

int blk_dev_fail_transport(struct blk_dev *dev, int err);
int blk_dev_add_status(struct blk_dev *dev, uint8_t bits);
int blk_dev_reset(struct blk_dev *dev);

#endif
