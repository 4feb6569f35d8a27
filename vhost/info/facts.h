/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device says of itself when it is opened, as a tree. */
#ifndef VHOST_INFO_FACTS_H
#define VHOST_INFO_FACTS_H

#include <jansson.h>

#include "vhost/blk/blk_dev.h"

json_t *info_facts(const struct blk_dev *dev);

#endif
