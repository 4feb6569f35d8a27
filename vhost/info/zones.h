/* SPDX-License-Identifier: GPL-2.0-only */
/* The zone reports of a zoned device: counts of zones, and a list of all zones. */
#ifndef VHOST_INFO_ZONES_H
#define VHOST_INFO_ZONES_H

#include <stdbool.h>

#include "vhost/info/requests.h"

/* Maximum number of zones in one report. */
#define INFO_ZONES_MAX 1023u

int info_query_zones(struct info_query *query, bool list);

#endif
