// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast this CPU copies as a memory-backed device does for reads: from private memory, that was
 * written before, to shared memory of a few buffers, block by block. What a device that does
 * nothing else can reach at most.
 *
 * usage: copy-rate none|2M BYTES BLOCK BUFFERS MILLISECONDS
 *
 * none or 2M: the pages of the shared memory. Prints bytes a second.
 */
#include <linux/memfd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HUGE_BYTES (2ul << 20)

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned char *map_shared(int huge, size_t bytes)
{
	int fd = memfd_create("copy-rate", huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0);
	void *p;

	bytes = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		return NULL;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

static int number(const char *text, size_t *v)
{
	char *end;

	*v = strtoull(text, &end, 10);
	return end == text || *end || !*v;
}

int main(int argc, char **argv)
{
	size_t bytes, block, buffers, ms, i, at = 0, copied = 0;
	unsigned char *from, *to;
	double began, now;

	if (argc != 6 || (strcmp(argv[1], "none") && strcmp(argv[1], "2M")) ||
	    number(argv[2], &bytes) || number(argv[3], &block) || number(argv[4], &buffers) ||
	    number(argv[5], &ms) || block > bytes) {
		fprintf(stderr, "usage: copy-rate none|2M BYTES BLOCK BUFFERS MILLISECONDS\n");
		return 2;
	}
	from = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	to = map_shared(!strcmp(argv[1], "2M"), buffers * block);
	if (from == MAP_FAILED || !to) {
		perror("copy-rate");
		return 1;
	}
	for (i = 0; i < bytes; i++)
		from[i] = (unsigned char)(i * 37);
	began = now_s();
	do {
		for (i = 0; i < buffers; i++) {
			memcpy(to + i * block, from + at, block);
			/* What nobody reads must be copied all the same. */
			__asm__ volatile("" : : "r"(to) : "memory");
			at = at + 2 * block > bytes ? 0 : at + block;
			copied += block;
		}
		now = now_s();
	} while (now - began < (double)ms / 1e3);
	printf("%.0f\n", (double)copied / (now - began));
	return 0;
}
