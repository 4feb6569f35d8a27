/* SPDX-License-Identifier: GPL-2.0-only */
/* Checking if there are enough free huge pages on the NUMA nodes to which jobs are bound. */
#ifndef ENGINE_NUMA_H
#define ENGINE_NUMA_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct arena_group;

bool numa_check(const struct arena_group *group, size_t page_bytes, struct error *error);

#endif
