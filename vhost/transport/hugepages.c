// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/transport/hugepages.h"

static size_t read_count(const char *path)
{
	size_t value = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	if (fscanf(f, "%zu", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

static size_t machine_count(const char *sysfs, size_t page_bytes, const char *what)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/kernel/mm/hugepages/hugepages-%zukB/%s", sysfs,
		 page_bytes >> 10, what);
	return read_count(path);
}

/**
 * hugepages_free - return the number of huge pages that are free and not reserved
 * @sysfs: directory where sysfs is mounted
 * @page_bytes: size of the huge pages
 */
size_t hugepages_free(const char *sysfs, size_t page_bytes)
{
	size_t n = machine_count(sysfs, page_bytes, "free_hugepages"),
	       claimed = machine_count(sysfs, page_bytes, "resv_hugepages");

	return n > claimed ? n - claimed : 0;
}

/**
 * hugepages_free_on - return the number of huge pages of some nodes that are free and not reserved
 * @sysfs: directory where sysfs is mounted
 * @page_bytes: size of the huge pages
 * @nodes: nodes
 *
 * The kernel counts reserved pages per machine and not per node. All of them are subtracted,
 * because they may be taken from these nodes.
 */
size_t hugepages_free_on(const char *sysfs, size_t page_bytes, const struct hugepages_nodes *nodes)
{
	size_t n = 0, claimed = machine_count(sysfs, page_bytes, "resv_hugepages");
	unsigned int node;
	char path[PATH_MAX];

	for (node = 0; node < HUGEPAGES_NODES_MAX; node++) {
		if (!(nodes->mask[node / 64] & 1ull << node % 64))
			continue;
		snprintf(path, sizeof(path),
			 "%s/devices/system/node/node%u/hugepages/hugepages-%zukB/free_hugepages",
			 sysfs, node, page_bytes >> 10);
		n += read_count(path);
	}
	return n > claimed ? n - claimed : 0;
}

/**
 * hugepages_parse_nodes - parse a list of nodes, such as 0,2-3
 * @nodes: filled in
 * @text: list
 *
 * Returns false if the list has another form. libnuma also accepts forms such as all, !0 and +0,
 * which this function does not support.
 */
bool hugepages_parse_nodes(struct hugepages_nodes *nodes, const char *text)
{
	unsigned long first, last;
	char *end;

	memset(nodes, 0, sizeof(*nodes));
	do {
		if (!isdigit((unsigned char)*text))
			return false;
		first = last = strtoul(text, &end, 10);
		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		if (last < first || last >= HUGEPAGES_NODES_MAX || (*end && *end != ','))
			return false;
		for (; first <= last; first++)
			nodes->mask[first / 64] |= 1ull << first % 64;
		text = end + 1;
	} while (*end);
	return true;
}

/**
 * hugepages_share_nodes - return true if two sets have a node in common
 * @a: first set
 * @b: second set
 */
bool hugepages_share_nodes(const struct hugepages_nodes *a, const struct hugepages_nodes *b)
{
	size_t i;

	for (i = 0; i < sizeof(a->mask) / sizeof(*a->mask); i++)
		if (a->mask[i] & b->mask[i])
			return true;
	return false;
}
