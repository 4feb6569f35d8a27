/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration space of a virtio-blk device: reading it, and setting the cache mode. */
#ifndef VHOST_BLK_BLK_CONFIG_H
#define VHOST_BLK_BLK_CONFIG_H

#include "vhost/blk/blk_dev.h"

uint32_t blk_config_width(uint32_t offset);
int blk_config_read(struct blk_dev *dev, uint16_t *queues);
int blk_config_read_cache_mode(struct blk_dev *dev);
int blk_dev_read_capacity(struct blk_dev *dev, uint64_t *bytes);
int blk_dev_set_writeback(struct blk_dev *dev, bool writeback);

#endif
