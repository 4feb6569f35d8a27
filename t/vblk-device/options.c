/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line
 */

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/vblk-device/vblk-device.h"

/* Default of --max-append-sectors: what the other limits allow, up to 128 KiB. */
#define APPEND_SECTORS_AUTO UINT32_MAX

#define DELAY_MAX_US 3600000000u

struct vdev_options vdev_opt = {
	.queues = 1,
	.cpu = -1,
	.packed = true,
	.indirect = true,
	.event_idx = true,
	.flush = true,
	.discard = true,
	.write_zeroes = true,
	.block_bytes = 512,
	.seg_max = 126,
	.max_discard_sectors = 1u << 22,
	.max_discard_seg = 64,
	.discard_align_sectors = 1,
	.max_write_zeroes_sectors = 1u << 22,
	.max_write_zeroes_seg = 64,
	.max_secure_erase_sectors = 1u << 22,
	.max_secure_erase_seg = 64,
	.secure_erase_align_sectors = 1,
	.zone_bytes = 1u << 20,
	.max_append_sectors = APPEND_SECTORS_AUTO,
	.id = "vblk-device",
};

enum kind {
	ON,
	OFF,
	COUNT,
	LIMIT,
	BYTES,
	TEXT,
	STORE,
	SIZE,
	QUEUES,
	CPU,
	BLOCK,
	ID,
	DELAY,
	ORDER,
	HELP
};

/* All options: the name, how the argument is parsed, and the variable that the option sets. */
static const struct {
	const char *name;
	enum kind kind;
	void *target;
} table[] = {
	{ "socket", TEXT, &vdev_opt.socket_path },
	{ "store", STORE, NULL },
	{ "size", SIZE, NULL },
	{ "file", TEXT, &vdev_opt.file_path },
	{ "queues", QUEUES, NULL },
	{ "poll", ON, &vdev_opt.poll },
	{ "event", OFF, &vdev_opt.poll },
	{ "threads", ON, &vdev_opt.threads },
	{ "cpu", CPU, NULL },
	{ "no-packed", OFF, &vdev_opt.packed },
	{ "no-indirect", OFF, &vdev_opt.indirect },
	{ "no-event-idx", OFF, &vdev_opt.event_idx },
	{ "in-order", ON, &vdev_opt.in_order },
	{ "inflight", ON, &vdev_opt.inflight },
	{ "read-only", ON, &vdev_opt.read_only },
	{ "no-flush", OFF, &vdev_opt.flush },
	{ "wce", ON, &vdev_opt.wce },
	{ "volatile-cache", ON, &vdev_opt.volatile_cache },
	{ "no-discard", OFF, &vdev_opt.discard },
	{ "no-write-zeroes", OFF, &vdev_opt.write_zeroes },
	{ "secure-erase", ON, &vdev_opt.secure_erase },
	{ "lifetime", ON, &vdev_opt.lifetime },
	{ "block-size", BLOCK, NULL },
	{ "seg-max", COUNT, &vdev_opt.seg_max },
	{ "size-max", COUNT, &vdev_opt.size_max },
	{ "max-discard-sectors", COUNT, &vdev_opt.max_discard_sectors },
	{ "max-discard-seg", COUNT, &vdev_opt.max_discard_seg },
	{ "discard-alignment", COUNT, &vdev_opt.discard_align_sectors },
	{ "max-write-zeroes-sectors", COUNT, &vdev_opt.max_write_zeroes_sectors },
	{ "max-write-zeroes-seg", COUNT, &vdev_opt.max_write_zeroes_seg },
	{ "max-secure-erase-sectors", COUNT, &vdev_opt.max_secure_erase_sectors },
	{ "max-secure-erase-seg", COUNT, &vdev_opt.max_secure_erase_seg },
	{ "strict-alignment", ON, &vdev_opt.strict_alignment },
	{ "secure-erase-alignment", COUNT, &vdev_opt.secure_erase_align_sectors },
	{ "zoned", ON, &vdev_opt.zoned },
	{ "zone-size", BYTES, &vdev_opt.zone_bytes },
	{ "zone-capacity", BYTES, &vdev_opt.zone_capacity_bytes },
	{ "conventional-zones", LIMIT, &vdev_opt.conventional_zones },
	{ "max-open-zones", LIMIT, &vdev_opt.max_open_zones },
	{ "max-active-zones", LIMIT, &vdev_opt.max_active_zones },
	{ "max-append-sectors", LIMIT, &vdev_opt.max_append_sectors },
	{ "write-granularity", COUNT, &vdev_opt.write_granularity_bytes },
	{ "id", ID, NULL },
	{ "delay-us", DELAY, NULL },
	{ "order", ORDER, NULL },
	{ "orders", TEXT, &vdev_opt.orders_path },
	{ "verbose", ON, &vdev_opt.verbose },
	{ "help", HELP, NULL },
};

#define NR_OPTIONS (sizeof(table) / sizeof(table[0]))

static void usage(FILE *to)
{
	fprintf(to,
		"usage: vblk-device --socket PATH [options]\n"
		"  --store ram|null|file   where data is stored (ram); null transfers no data\n"
		"  --size BYTES            capacity, with suffix K, M or G (64M, or the size of the file)\n"
		"  --file PATH             file for --store file; created with --size if it does not exist\n"
		"  --queues N              number of queues (1)\n"
		"  --poll | --event        poll the rings, or sleep until a kick (event)\n"
		"  --threads               one thread per queue instead of one thread for all queues\n"
		"  --cpu N                 pin the thread to CPU N, and each further thread to the next CPU\n"
		"  --delay-us N[-M]        complete each request N us after it was fetched, or N to M us (random)\n"
		"  --no-packed --no-indirect --no-event-idx --in-order --inflight\n"
		"                          change which ring features are offered\n"
		"  --read-only --no-flush --wce --no-discard --no-write-zeroes --secure-erase --lifetime\n"
		"                          change which block features are offered\n"
		"  --volatile-cache        acknowledged writes reach the store only with FLUSH\n"
		"  --block-size 512|4096 --seg-max N --size-max N --id STRING\n"
		"  --max-discard-sectors N --max-discard-seg N --discard-alignment N\n"
		"  --strict-alignment      report discards that are not aligned as broken rules\n"
		"  --max-write-zeroes-sectors N --max-write-zeroes-seg N\n"
		"  --max-secure-erase-sectors N --max-secure-erase-seg N --secure-erase-alignment N\n"
		"  --zoned                 host-managed device; with --zone-size BYTES (1M),\n"
		"                          --zone-capacity BYTES, --conventional-zones N,\n"
		"                          --max-open-zones N, --max-active-zones N,\n"
		"                          --max-append-sectors N (256, 0 for no append),\n"
		"                          --write-granularity BYTES\n"
		"  --order ORDER           a fault order; can be given several times\n"
		"  --orders FIFO           read orders from FIFO at any time, one per line\n"
		"    the N-th request, or the N-th request of TYPE, after the order:\n"
		"      fail[=STATUS] N [TYPE]   fails\n"
		"      delay=MS N [TYPE]        is completed MS milliseconds later\n"
		"      drop N [TYPE]            is never completed\n"
		"      reorder N [TYPE]         is completed after the next request of its queue\n"
		"      die N [TYPE]             kills the device\n"
		"      no-status N [TYPE]       is completed without its status\n"
		"      no-data N [TYPE]         succeeds, but transfers no data\n"
		"    TYPE: read write flush discard write-zeroes secure-erase get-id zone\n"
		"    other orders:\n"
		"      offline ZONE | read-only ZONE   change the state of a zone, counted from 0\n"
		"      capacity BYTES           report another capacity; requests beyond it fail\n"
		"      copy-rate MS [2M]        measure the rate of copying from the store to shared memory\n"
		"                               (with huge pages), while no driver is connected\n"
		"      clear                    cancel all orders and complete all held requests\n"
		"  --verbose               print the messages of the vhost library, and counters when a driver\n"
		"                          disconnects\n");
}

static uint64_t parse_number(const char *what, const char *arg, uint64_t min, uint64_t max)
{
	unsigned int shift = 0;
	uint64_t v;
	char *end;

	errno = 0;
	v = strtoull(arg, &end, 0);
	if (end != arg && *end) {
		switch (*end++) {
		case 'k':
		case 'K':
			shift = 10;
			break;
		case 'm':
		case 'M':
			shift = 20;
			break;
		case 'g':
		case 'G':
			shift = 30;
			break;
		default:
			end = (char *)arg;
			break;
		}
	}
	if (errno || end == arg || *end || *arg == '-' || v > UINT64_MAX >> shift ||
	    v << shift < min || v << shift > max)
		vdev_die("--%s %s: expected a number from %llu to %llu", what, arg,
			 (unsigned long long)min, (unsigned long long)max);
	return v << shift;
}

/* Parse N or N-M. */
static void parse_delay(struct vdev_options *o, const char *arg)
{
	const char *most = strchr(arg, '-');
	char least[24];

	snprintf(least, sizeof(least), "%.*s", most ? (int)(most - arg) : (int)strlen(arg), arg);
	o->delay_min_us = parse_number("delay-us", least, 0, DELAY_MAX_US);
	o->delay_max_us = o->delay_min_us;
	if (most)
		o->delay_max_us = parse_number("delay-us", most + 1, o->delay_min_us, DELAY_MAX_US);
}

static enum vdev_store_kind parse_store(const char *arg)
{
	if (!strcmp(arg, "ram"))
		return VDEV_STORE_RAM;
	if (!strcmp(arg, "null"))
		return VDEV_STORE_NULL;
	if (!strcmp(arg, "file"))
		return VDEV_STORE_FILE;
	vdev_die("--store %s: expected ram, null or file", arg);
}

static void apply(struct vdev_options *o, unsigned int i, const char *arg)
{
	const char *name = table[i].name;

	switch (table[i].kind) {
	case ON:
	case OFF:
		*(bool *)table[i].target = table[i].kind == ON;
		break;
	case COUNT:
		*(uint32_t *)table[i].target = (uint32_t)parse_number(name, arg, 1, UINT32_MAX);
		break;
	case LIMIT:
		*(uint32_t *)table[i].target = (uint32_t)parse_number(name, arg, 0, UINT32_MAX);
		break;
	case BYTES:
		*(uint64_t *)table[i].target =
			parse_number(name, arg, VDEV_SECTOR_BYTES, 1ull << 40);
		break;
	case TEXT:
		*(const char **)table[i].target = arg;
		break;
	case STORE:
		o->store = parse_store(arg);
		break;
	case SIZE:
		o->size_bytes = parse_number(name, arg, VDEV_SECTOR_BYTES, INT64_MAX);
		break;
	case QUEUES:
		o->queues = (unsigned int)parse_number(name, arg, 1, VDEV_MAX_QUEUES);
		break;
	case CPU:
		o->cpu = (int)parse_number(name, arg, 0, CPU_SETSIZE - 1);
		break;
	case BLOCK:
		o->block_bytes = (uint32_t)parse_number(name, arg, 512, 4096);
		if (o->block_bytes != 512 && o->block_bytes != 4096)
			vdev_die("--block-size %s: expected 512 or 4096", arg);
		break;
	case ID:
		if (strlen(arg) > VIRTIO_BLK_ID_BYTES)
			vdev_die("--id %s: longer than %d bytes", arg, VIRTIO_BLK_ID_BYTES);
		memset(o->id, 0, sizeof(o->id));
		memcpy(o->id, arg, strlen(arg));
		break;
	case DELAY:
		parse_delay(o, arg);
		break;
	case ORDER:
		if (o->nr_orders == VDEV_MAX_ORDERS)
			vdev_die("--order %s: at most %u orders are allowed on the command line",
				 arg, VDEV_MAX_ORDERS);
		o->order[o->nr_orders++] = arg;
		break;
	case HELP:
		usage(stdout);
		exit(0);
	}
}

static void check_zoned(struct vdev_options *o)
{
	uint32_t zone_sectors = (uint32_t)(o->zone_bytes / VDEV_SECTOR_BYTES);

	if (!o->write_granularity_bytes)
		o->write_granularity_bytes = o->block_bytes;
	if (!o->zone_capacity_bytes)
		o->zone_capacity_bytes = o->zone_bytes;
	if (o->write_granularity_bytes % o->block_bytes)
		vdev_die("--write-granularity is not a multiple of the block size");
	if (o->zone_bytes % o->write_granularity_bytes ||
	    o->zone_capacity_bytes % o->write_granularity_bytes ||
	    o->zone_capacity_bytes > o->zone_bytes)
		vdev_die(
			"--zone-size and --zone-capacity must be multiples of the write granularity, and the capacity must not exceed the size");
	if (o->max_append_sectors == APPEND_SECTORS_AUTO) {
		uint64_t most = (uint64_t)o->seg_max * o->size_max / VDEV_SECTOR_BYTES;

		o->max_append_sectors = o->size_max && most < 256 ? (uint32_t)most : 256;
	}
	if (o->size_max && (uint64_t)o->max_append_sectors * VDEV_SECTOR_BYTES >
				   (uint64_t)o->seg_max * o->size_max)
		vdev_die("--max-append-sectors is more than --seg-max times --size-max");
	if (o->secure_erase_align_sectors == 1)
		o->secure_erase_align_sectors = zone_sectors;
	if (o->secure_erase_align_sectors % zone_sectors)
		vdev_die("--secure-erase-alignment is not a multiple of the zone size");
}

static void check(struct vdev_options *o)
{
	if (!o->socket_path)
		vdev_die("--socket PATH is missing");
	if (!o->file_path != (o->store != VDEV_STORE_FILE))
		vdev_die("--file PATH and --store file must be used together");
	if (!o->flush && (o->wce || o->volatile_cache))
		vdev_die("--wce and --volatile-cache need FLUSH: remove --no-flush");
	if (o->size_bytes % o->block_bytes)
		vdev_die("--size is not a multiple of the block size");
	if (!o->size_bytes && o->store != VDEV_STORE_FILE)
		o->size_bytes = 64u << 20;
	if (o->zoned)
		check_zoned(o);
}

/**
 * vdev_options_parse - read the command line into vdev_opt
 * @argc: argument of main()
 * @argv: argument of main()
 *
 * Ends the process with a message if the command line is invalid.
 */
void vdev_options_parse(int argc, char **argv)
{
	struct option longopts[NR_OPTIONS + 1] = { 0 };
	int c, i = 0;

	for (unsigned int n = 0; n < NR_OPTIONS; n++) {
		longopts[n].name = table[n].name;
		if (table[n].kind != ON && table[n].kind != OFF && table[n].kind != HELP)
			longopts[n].has_arg = required_argument;
	}
	while ((c = getopt_long(argc, argv, "", longopts, &i)) != -1) {
		if (c) {
			usage(stderr);
			exit(1);
		}
		apply(&vdev_opt, (unsigned int)i, optarg);
	}
	if (optind != argc)
		vdev_die("%s: unexpected argument", argv[optind]);
	check(&vdev_opt);
}
