/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast this device copies when it does nothing else: the most that large reads can reach
 *
 * From its own store, since another process has other pages, which may lie better or worse.
 */
#include <errno.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t/vblk-device/vblk-device.h"

#define BLOCK_BYTES (1u << 20)
#define BUFFERS	    4u
#define NS_PER_MS   1000000u

/* Memory as a driver shares it. */
static uint8_t *map_shared(bool huge)
{
	int fd = memfd_create("copy-rate", huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0);
	uint8_t *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (!ftruncate(fd, BUFFERS * BLOCK_BYTES))
		p = mmap(NULL, BUFFERS * BLOCK_BYTES, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/**
 * vdev_copy_rate - measure, and print bytes a second on stdout
 * @ms: how long
 * @huge: the memory copied to is of 2 MiB pages
 *
 * Block by block through the whole store, into four buffers, on the calling thread's CPU. The
 * workers are not stopped: no driver may be connected. Returns 0 or a negative errno.
 */
int vdev_copy_rate(uint64_t ms, bool huge)
{
	uint64_t blocks = vdev_store.size_bytes / BLOCK_BYTES, nr = 0, began, took;
	uint8_t *to;

	if (vdev_store.kind != VDEV_STORE_RAM || !blocks)
		return -EINVAL;
	to = map_shared(huge);
	if (!to)
		return -ENOMEM;
	began = vdev_now_ns();
	do {
		memcpy(to + nr % BUFFERS * BLOCK_BYTES, vdev_store.ram + nr % blocks * BLOCK_BYTES,
		       BLOCK_BYTES);
		/* What nobody reads must be copied all the same. */
		__asm__ volatile("" : : "r"(to) : "memory");
		nr++;
		took = vdev_now_ns() - began;
	} while (took < ms * NS_PER_MS);
	munmap(to, BUFFERS * BLOCK_BYTES);
	printf("vblk-device: copies %.0f bytes a second\n",
	       (double)nr * BLOCK_BYTES * 1e9 / (double)took);
	return 0;
}
