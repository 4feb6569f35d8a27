/* SPDX-License-Identifier: GPL-2.0-only */
/* Number of free huge pages, on the machine or on some of its NUMA nodes. */
#ifndef VHOST_TRANSPORT_HUGEPAGES_H
#define VHOST_TRANSPORT_HUGEPAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUGEPAGES_NODES_MAX 1024u

/**
 * struct hugepages_nodes - a set of NUMA nodes
 * @mask: one bit for each node
 */
struct hugepages_nodes {
	uint64_t mask[HUGEPAGES_NODES_MAX / 64];
};

bool hugepages_parse_nodes(struct hugepages_nodes *nodes, const char *text);
bool hugepages_share_nodes(const struct hugepages_nodes *a, const struct hugepages_nodes *b);
size_t hugepages_free(const char *sysfs, size_t page_bytes);
size_t hugepages_free_on(const char *sysfs, size_t page_bytes, const struct hugepages_nodes *nodes);

#endif
