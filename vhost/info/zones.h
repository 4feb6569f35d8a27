/* SPDX-License-Identifier: GPL-2.0-only */
/* What a zoned device reports of its zones: a summary, and each of them. */
#ifndef VHOST_INFO_ZONES_H
#define VHOST_INFO_ZONES_H

#include <stdbool.h>

#include "vhost/info/requests.h"

/* Most zones of a report. */
#define INFO_ZONES_MAX 1023u

int info_query_zones(struct info_query *query, bool list);

#endif
