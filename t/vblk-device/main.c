/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vblk-device - a strict vhost-user-blk device to test drivers against: main program
 *
 * Exits 0 on SIGTERM or SIGINT, 3 if a driver broke a rule of the specification, 1 if it could not
 * start.
 */

#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>

#include "t/vblk-device/vblk-device.h"
#include "t/vblk-device/orders.h"
#include "t/vblk-device/zoned.h"

#define EXIT_RULE_BROKEN 3
#define RULE_LINES_MAX	 100u

static unsigned int rules_broken;

void vdev_rule(const char *rule, const char *fmt, ...)
{
	unsigned int nr = __atomic_add_fetch(&rules_broken, 1, __ATOMIC_RELAXED);
	char text[256];
	va_list ap;

	if (nr > RULE_LINES_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "vblk-device: driver broke %s: %s\n", rule, text);
}

/*
 * Start DPDK's environment abstraction layer, but without hugepages, PCI devices, telemetry and a
 * runtime directory, and without pinning this thread to a CPU.
 */
static void start_dpdk(bool verbose)
{
	char *quiet = "--log-level=*:critical", *loud = "--log-level=lib.vhost.*:info";
	/* clang-format off */
	char *argv[] = {
		"vblk-device", "--no-huge", "-m", "32", "--no-pci", "-l", "0", "--no-telemetry",
		"--no-shconf", verbose ? loud : quiet, NULL,
	};
	/* clang-format on */
	cpu_set_t before;
	int ret;

	sched_getaffinity(0, sizeof(before), &before);
	ret = rte_eal_init(sizeof(argv) / sizeof(argv[0]) - 1, argv);
	/*
	 * rte_eal_init() pins the calling thread. Undo this, because new threads inherit the
	 * affinity.
	 */
	sched_setaffinity(0, sizeof(before), &before);
	if (ret < 0)
		vdev_die("DPDK did not start (use --verbose for details)");
}

static void start_orders(const struct vdev_options *o)
{
	int ret;

	for (unsigned int i = 0; i < o->nr_orders; i++)
		if (vdev_orders_add(o->order[i]))
			vdev_die("bad order: %s", o->order[i]);
	ret = o->orders_path ? vdev_orders_listen(o->orders_path) : 0;
	if (ret)
		vdev_die("cannot read orders from %s: %s", o->orders_path, strerror(-ret));
}

int main(int argc, char **argv)
{
	sigset_t stop;
	int ret, sig;

	vdev_options_parse(argc, argv);
	ret = vdev_store_open(&vdev_store, &vdev_opt);
	if (ret)
		vdev_die("cannot open the store%s%s: %s", vdev_opt.file_path ? " " : "",
			 vdev_opt.file_path ? vdev_opt.file_path : "", strerror(-ret));

	ret = vdev_opt.zoned ? vdev_zoned_start(&vdev_opt, vdev_store.size_bytes) : 0;
	if (ret)
		vdev_die("cannot create the zones: %s", strerror(-ret));

	/*
	 * All threads inherit this mask. The main thread receives the two signals with sigwait().
	 */
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);

	start_dpdk(vdev_opt.verbose);
	ret = vdev_workers_start(vdev_opt.queues, vdev_opt.threads, vdev_opt.poll, vdev_opt.cpu);
	if (ret)
		vdev_die("cannot start the worker threads: %s", strerror(-ret));
	start_orders(&vdev_opt);
	ret = vdev_vhost_start(vdev_opt.socket_path);
	if (ret)
		vdev_die("%s: cannot listen (use --verbose for details)", vdev_opt.socket_path);
	puts("vblk-device: ready");
	fflush(stdout);

	sigwait(&stop, &sig);
	vdev_vhost_stop(vdev_opt.socket_path);
	vdev_workers_stop();
	/* An orderly exit loses no data. Only a device that is killed loses its volatile cache. */
	if (vdev_opt.volatile_cache)
		vdev_store_flush(&vdev_store);
	rte_eal_cleanup();
	if (rules_broken)
		fprintf(stderr, "vblk-device: drivers broke rules of the specification %u times\n",
			rules_broken);
	return rules_broken ? EXIT_RULE_BROKEN : 0;
}
