/* SPDX-License-Identifier: GPL-2.0-only */
/* The facts that are known when a device is open, as a JSON tree. */
#ifndef VHOST_INFO_FACTS_H
#define VHOST_INFO_FACTS_H

#include <jansson.h>

#include "vhost/blk/blk_dev.h"

json_t *info_facts(const struct blk_dev *dev);

#endif
