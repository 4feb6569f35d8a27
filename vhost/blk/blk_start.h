/* SPDX-License-Identifier: GPL-2.0-only */
/* Start and stop of the queues of a device. */
#ifndef VHOST_BLK_BLK_START_H
#define VHOST_BLK_BLK_START_H

#include "vhost/blk/blk_dev.h"

int blk_dev_start(struct blk_dev *dev, const struct arena *arena, struct transport_queue *queues,
		  uint32_t count);
int blk_dev_queue_size_max(struct blk_dev *dev, uint32_t index, uint32_t *size);
int blk_dev_disable_queue(struct blk_dev *dev, uint32_t index);
int blk_dev_stop(struct blk_dev *dev);
void blk_dev_forget_inflight(struct blk_dev *dev);

#endif
