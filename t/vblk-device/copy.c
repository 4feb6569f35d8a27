/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate at which the device copies data: an upper bound for the throughput of large reads
 *
 * The data comes from the device's own store. The memory of another process would consist of other
 * pages, whose placement may be better or worse.
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

/* Map shared memory, like the memory that a driver shares with the device. */
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
 * vdev_copy_rate - measure the copy rate and print it on stdout, in bytes per second
 * @ms: duration of the measurement in milliseconds
 * @huge: copy to memory with pages of 2 MiB
 *
 * Copies the store block by block into four buffers, on the CPU of the calling thread. The workers
 * are not stopped, so no driver may be connected during the measurement.
 *
 * Return 0 or a negative errno.
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
		/* Prevent the compiler from removing the copy, whose result is never read. */
		__asm__ volatile("" : : "r"(to) : "memory");
		nr++;
		took = vdev_now_ns() - began;
	} while (took < ms * NS_PER_MS);
	munmap(to, BUFFERS * BLOCK_BYTES);
	printf("vblk-device: copies %.0f bytes a second\n",
	       (double)nr * BLOCK_BYTES * 1e9 / (double)took);
	return 0;
}
