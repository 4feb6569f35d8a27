// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vhost/transport/arena.h"
#include "vhost/transport/hugepages.h"
#include "vhost/transport/memory_limit.h"
#include "virtq/base.h"

#define GIB (1ul << 30)

/* Not defined in the kernel headers of the oldest supported systems. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

/*
 * Total length of the arenas of plain pages. Jobs touch these pages only when they start, and until
 * then the kernel counts the memory as available.
 */
static size_t promised;

/**
 * arena_page_bytes - return the page size of an arena to be created
 * @bytes: length of the arena
 * @pages: kind of pages
 *
 * The result for ARENA_PAGES_AUTO depends on the number of huge pages that are free now.
 */
size_t arena_page_bytes(size_t bytes, enum arena_pages pages)
{
	switch (pages) {
	case ARENA_PAGES_1G:
		return GIB;
	case ARENA_PAGES_2M:
		return ARENA_UNIT;
	case ARENA_PAGES_AUTO:
		if (hugepages_free("/sys", ARENA_UNIT) >= round_up(bytes, ARENA_UNIT) / ARENA_UNIT)
			return ARENA_UNIT;
		/* fall through */
	case ARENA_PAGES_PLAIN:
		break;
	}
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * Create a memfd whose length cannot be changed. A process that received the descriptor could
 * otherwise truncate the file, and a job that accesses the missing part would be killed by SIGBUS.
 * Return the descriptor, or -1 with errno set.
 */
static int create_sealed(size_t bytes, unsigned int flags)
{
	int fd = memfd_create("vblk-arena", flags | MFD_NOEXEC_SEAL), err;

	/* Kernels before 6.3 do not support MFD_NOEXEC_SEAL. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("vblk-arena", flags | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (!ftruncate(fd, (off_t)bytes) &&
	    !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static int try_create(struct arena *arena, size_t bytes, size_t page_bytes)
{
	size_t unit = page_bytes > ARENA_UNIT ? page_bytes : ARENA_UNIT;
	unsigned int flags = MFD_CLOEXEC;
	unsigned char *area, *base;
	int err;

	bytes = round_up(bytes, unit);
	if (page_bytes == ARENA_UNIT)
		flags |= MFD_HUGETLB | MFD_HUGE_2MB;
	else if (page_bytes == GIB)
		flags |= MFD_HUGETLB | MFD_HUGE_1GB;

	arena->fd = create_sealed(bytes, flags);
	if (arena->fd < 0) {
		err = errno;
		goto fail;
	}
	/* Reserve enough address space to contain an aligned area, map the memory there, and
	 * release the address space around it. */
	area = mmap(NULL, bytes + unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		    0);
	if (area == MAP_FAILED) {
		err = errno;
		goto fail;
	}
	base = (unsigned char *)round_up((uintptr_t)area, unit);
	if (mmap(base, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, arena->fd, 0) ==
	    MAP_FAILED) {
		err = errno;
		munmap(area, bytes + unit);
		goto fail;
	}
	if (base > area)
		munmap(area, (size_t)(base - area));
	if (base + bytes < area + bytes + unit)
		munmap(base + bytes, (size_t)(area + unit - base));
	if (page_bytes < ARENA_UNIT)
		madvise(base, bytes, MADV_HUGEPAGE);

	arena->base = base;
	arena->bytes = bytes;
	arena->page_bytes = page_bytes;
	return 0;
fail:
	if (arena->fd >= 0)
		close(arena->fd);
	arena->fd = -1;
	return -err;
}

static int create_plain(struct arena *arena, size_t bytes)
{
	int ret = memory_limit_check("/proc", "/sys/fs/cgroup", promised + bytes, &arena->error);

	if (ret)
		return ret;
	ret = try_create(arena, bytes, (size_t)sysconf(_SC_PAGESIZE));
	if (!ret)
		promised += arena->bytes;
	return ret;
}

/**
 * arena_create - create the memory
 * @arena: filled in
 * @bytes: minimum length
 * @pages: kind of pages
 *
 * Returns 0, or a negative errno with a description in @arena->error.
 */
int arena_create(struct arena *arena, size_t bytes, enum arena_pages pages)
{
	size_t page_bytes = arena_page_bytes(bytes, pages);
	int ret;

	memset(arena, 0, sizeof(*arena));
	ret = page_bytes < ARENA_UNIT ? create_plain(arena, bytes)
				      : try_create(arena, bytes, page_bytes);
	/* Another process may have taken the huge pages after they were counted. */
	if (ret && pages == ARENA_PAGES_AUTO && page_bytes == ARENA_UNIT)
		ret = create_plain(arena, bytes);
	if (!ret || *arena->error.text)
		return ret;
	if (pages == ARENA_PAGES_2M || pages == ARENA_PAGES_1G)
		return error_set(
			&arena->error, ret,
			"needs %zu huge pages of %zu MiB, but only %zu are free; reserve more (/sys/kernel/mm/hugepages) or set vblk_hugepages=none",
			round_up(bytes, page_bytes) / page_bytes, page_bytes >> 20,
			hugepages_free("/sys", page_bytes));
	return error_set(&arena->error, ret,
			 "cannot allocate %zu MiB of memory to share with the device: %s",
			 bytes >> 20, strerror(-ret));
}

/**
 * arena_destroy - release the memory
 * @arena: arena; nothing happens if it was not created
 */
void arena_destroy(struct arena *arena)
{
	if (!arena->base)
		return;
	if (arena->page_bytes < ARENA_UNIT)
		promised -= arena->bytes;
	munmap(arena->base, arena->bytes);
	close(arena->fd);
	arena->base = NULL;
}
