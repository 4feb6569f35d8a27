/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is still available to a process, from the machine and from its control groups. */
#ifndef VHOST_TRANSPORT_MEMORY_LIMIT_H
#define VHOST_TRANSPORT_MEMORY_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

int memory_limit_check(const char *proc, const char *cgroups, uint64_t bytes, struct error *error);

#endif
