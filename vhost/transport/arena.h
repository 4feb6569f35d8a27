/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena: the memory shared with the devices. It is one mapping, which each device gets once,
 * before any job starts.
 *
 * If the device accepts any I/O virtual address, the arena starts at ARENA_IOVA. This is far from
 * the addresses of the process, like the memory of a guest, so a back-end that confuses the two
 * kinds of address fails visibly. The functions here do not touch the memory, so that the first
 * user of each page determines its NUMA node.
 */
#ifndef VHOST_TRANSPORT_ARENA_H
#define VHOST_TRANSPORT_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

#define ARENA_IOVA (1ull << 32)

/*
 * Alignment of the address and length of the arena. Some back-ends register memory only in units of
 * 2 MiB.
 */
#define ARENA_UNIT (2ul << 20)

/**
 * enum arena_pages - pages of an arena
 * @ARENA_PAGES_AUTO: 2 MiB huge pages if enough are free, else pages of the system's page size
 * @ARENA_PAGES_PLAIN: pages of the system's page size
 * @ARENA_PAGES_2M: 2 MiB huge pages
 * @ARENA_PAGES_1G: 1 GiB huge pages
 */
enum arena_pages {
	ARENA_PAGES_AUTO,
	ARENA_PAGES_PLAIN,
	ARENA_PAGES_2M,
	ARENA_PAGES_1G,
};

/**
 * struct arena - shared memory
 * @base: address in this process, NULL = not created
 * @bytes: length
 * @page_bytes: page size in bytes
 * @fd: memfd of the memory, for processes that map it
 * @error: reason for a failure of arena_create()
 */
struct arena {
	unsigned char *base;
	size_t bytes;
	size_t page_bytes;
	int fd;
	struct error error;
};

int arena_create(struct arena *arena, size_t bytes, enum arena_pages pages);
void arena_destroy(struct arena *arena);
size_t arena_page_bytes(size_t bytes, enum arena_pages pages);

#endif
