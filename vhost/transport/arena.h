/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that devices share with us: one mapping that is handed over once, before any job
 * starts.
 *
 * Where a device may be told any I/O virtual address, its first byte has ARENA_IOVA, far from any
 * address of ours, as a guest's memory would: a back-end that mixes the two up is found out.
 * Nothing is touched here, so that each page is placed by its first user.
 */
#ifndef VHOST_TRANSPORT_ARENA_H
#define VHOST_TRANSPORT_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

#define ARENA_IOVA (1ull << 32)

/* Address and length are multiples of this: some back-ends register memory in whole units of it. */
#define ARENA_UNIT (2ul << 20)

/**
 * enum arena_pages - what the memory is made of
 * @ARENA_PAGES_AUTO: 2 MiB pages when enough are free, else plain ones
 * @ARENA_PAGES_PLAIN: the system's page size
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
 * @base: first byte, NULL when there is none
 * @bytes: length
 * @page_bytes: page size
 * @fd: the memory, for those who map it
 * @error: what went wrong
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
