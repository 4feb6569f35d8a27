/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of blk_dev.c for blk_config.c, blk_start.c and blk_session.c only. */
#ifndef VHOST_BLK_BLK_INTERNAL_H
#define VHOST_BLK_BLK_INTERNAL_H

#include "vhost/blk/blk_dev.h"

int blk_dev_fail_transport(struct blk_dev *dev, int err);
int blk_dev_add_status(struct blk_dev *dev, uint8_t bits);
int blk_dev_reset(struct blk_dev *dev);

#endif
