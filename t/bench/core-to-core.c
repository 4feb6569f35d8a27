// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the round trip of a cache line between two CPUs: the lower bound of the latency of a
 * request to a device that polls on another CPU.
 *
 * usage: core-to-core CPU CPU
 *
 * Prints nanoseconds: the median of many short runs.
 */
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS	    101
#define ROUND_TRIPS 5000u
#define LINE_BYTES  64

/*
 * An odd value means that it is the other thread's turn. The alignment keeps the adjacent lines
 * unused, including those that the CPU prefetches.
 */
static struct {
	alignas(4 * LINE_BYTES) _Atomic uint32_t turn;
} line;

static int place(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void *answer(void *arg)
{
	uint32_t i;

	if (place(*(int *)arg))
		return arg;
	for (i = 0; i < RUNS * ROUND_TRIPS; i++) {
		while (atomic_load_explicit(&line.turn, memory_order_acquire) != 2 * i + 1)
			;
		atomic_store_explicit(&line.turn, 2 * i + 2, memory_order_release);
	}
	return NULL;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int cpu_number(const char *text, int *cpu)
{
	char *end;
	long v = strtol(text, &end, 10);

	*cpu = (int)v;
	return end == text || *end || v < 0 || v >= CPU_SETSIZE;
}

int main(int argc, char **argv)
{
	double took[RUNS];
	pthread_t thread;
	int here, there, ret;
	uint32_t run, i, turn = 0;

	if (argc != 3 || cpu_number(argv[1], &here) || cpu_number(argv[2], &there)) {
		fprintf(stderr, "usage: core-to-core CPU CPU\n");
		return 2;
	}
	if (here == there) {
		fprintf(stderr, "core-to-core: the two CPUs must differ\n");
		return 1;
	}
	ret = place(here);
	/*
	 * Try both CPUs here first: if the thread failed to move, this thread would wait forever.
	 */
	if (!ret)
		ret = place(there);
	if (!ret)
		ret = place(here);
	if (!ret)
		ret = pthread_create(&thread, NULL, answer, &there);
	if (ret) {
		fprintf(stderr, "core-to-core: %s\n", strerror(ret));
		return 1;
	}
	for (run = 0; run < RUNS; run++) {
		double began = now_ns();

		for (i = 0; i < ROUND_TRIPS; i++, turn += 2) {
			atomic_store_explicit(&line.turn, turn + 1, memory_order_release);
			while (atomic_load_explicit(&line.turn, memory_order_acquire) != turn + 2)
				;
		}
		took[run] = (now_ns() - began) / ROUND_TRIPS;
	}
	pthread_join(thread, NULL);
	qsort(took, RUNS, sizeof(*took), by_size);
	printf("%.1f\n", took[RUNS / 2]);
	return 0;
}
