// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "engine/device_options.h"

/* Bounds of options that have no other: 16 bits count queues, an indirect table holds some more. */
#define QUEUES_MAX   65535u
#define SEGMENTS_MAX 1024u
#define TIME_MAX_US  86400000000ll

/* A control-plane answer takes a back-end some 0.1 ms at best. What the time-out of requests and
 * the wait for a back-end's return are measured with is no finer than tens of milliseconds. */
#define TIMEOUT_MIN_US 1000
#define WAIT_MIN_US    100000

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Options that are the device's, not the job's: whoever says them, all must say the same. */
static void check_agreement(struct vblk_device *device, const struct vblk_ask *ask)
{
	const struct vblk_options *a = &device->first->options, *b = &ask->options;
	const char *option = NULL;

	if (a->transport != b->transport)
		option = "vblk_transport";
	else if (a->queues != b->queues)
		option = "vblk_queues";
	else if (a->ring != b->ring)
		option = "vblk_ring";
	else if (!same_text(a->features, b->features))
		option = "vblk_features";
	else if (a->writeback != b->writeback)
		option = "vblk_writeback";
	else if (a->hugepages != b->hugepages)
		option = "vblk_hugepages";
	else if (a->timeout_us != b->timeout_us)
		option = "vblk_timeout";
	else if (a->reconnect_us != b->reconnect_us)
		option = "vblk_reconnect";
	else if (a->inflight != b->inflight)
		option = "vblk_inflight";
	else if (a->strict != b->strict)
		option = "vblk_strict";
	if (option)
		run_fail(device,
			 "jobs '%s' and '%s' say different things about %s; it belongs to the "
			 "device, so say it once under [global]",
			 device->first->td->o.name, ask->td->o.name, option);
}

/**
 * struct range - what a number may be
 * @option: the option it belongs to
 * @value: what the job has
 * @least: least value
 * @most: greatest value
 * @time: it is a time, in microseconds
 * @or_zero: 0 is a value of its own, below @least
 */
struct range {
	const char *option;
	long long value;
	long long least;
	long long most;
	bool time;
	bool or_zero;
};

/* A time in the largest unit that it is a whole number of, as fio would read it. */
static void format_time(long long us, char *text, size_t bytes)
{
	static const struct {
		const char *name;
		long long us;
	} units[] = { { "h", 3600000000ll }, { "s", 1000000 }, { "ms", 1000 }, { "us", 1 } };
	size_t i = 0;

	while (us % units[i].us)
		i++;
	snprintf(text, bytes, "%lld%s", us / units[i].us, us ? units[i].name : "");
}

static void format_number(const struct range *range, long long number, char *text, size_t bytes)
{
	if (range->time)
		format_time(number, text, bytes);
	else
		snprintf(text, bytes, "%lld", number);
}

static bool in_range(const struct range *range)
{
	return (range->value >= range->least && range->value <= range->most) ||
	       (range->or_zero && !range->value);
}

/* fio takes the default for a number out of range and goes on; here it is a mistake. */
static void check_ranges(struct vblk_device *device, const struct vblk_ask *ask)
{
	const struct vblk_options *o = &ask->options;
	const struct range ranges[] = {
		{ "vblk_queue_size", o->queue_size, 0, VIRTQ_SIZE_MAX, false, false },
		{ "vblk_queues", o->queues, 0, QUEUES_MAX, false, false },
		{ "vblk_queue", o->queue, DEAL_ANY, QUEUES_MAX - 1, false, false },
		{ "vblk_segments", o->segments, 1, SEGMENTS_MAX, false, false },
		{ "vblk_timeout", (long long)o->timeout_us, TIMEOUT_MIN_US, TIME_MAX_US, true,
		  false },
		{ "vblk_io_timeout", (long long)o->io_timeout_us, WAIT_MIN_US, TIME_MAX_US, true,
		  true },
		{ "vblk_reconnect", (long long)o->reconnect_us, WAIT_MIN_US, TIME_MAX_US, true,
		  true },
		{ "vblk_spin", (long long)o->spin_us, 0, TIME_MAX_US, true, false },
	};
	char value[32], least[32], most[32];
	const struct range *range;

	for (range = ranges; range < ranges + sizeof(ranges) / sizeof(*ranges); range++) {
		if (in_range(range))
			continue;
		format_number(range, range->value, value, sizeof(value));
		format_number(range, range->least, least, sizeof(least));
		format_number(range, range->most, most, sizeof(most));
		run_fail(device, "job '%s': %s=%s is out of range (%s to %s%s)", ask->td->o.name,
			 range->option, value, least, most, range->or_zero ? ", or 0" : "");
	}
}

/**
 * device_options_check - is what a job says possible, and what all others say?
 * @device: a device of the job's
 * @ask: job
 *
 * A mistake is said, and the device taken out of the run.
 */
void device_options_check(struct vblk_device *device, const struct vblk_ask *ask)
{
	check_ranges(device, ask);
	check_agreement(device, ask);
}

static const char *transport_name(unsigned int transport)
{
	switch (transport) {
	case VBLK_TRANSPORT_VHOST_USER:
		return vhost_user_ops.name;
	case VBLK_TRANSPORT_VHOST_VDPA:
		return vhost_vdpa_ops.name;
	case VBLK_TRANSPORT_VFIO_PCI:
		return vfio_pci_ops.name;
	default:
		return NULL;
	}
}

/**
 * device_options_wish - what the user wants of a device
 * @device: device, its @wish is filled in
 */
void device_options_wish(struct vblk_device *device)
{
	const struct vblk_options *options = &device->first->options;
	uint64_t packed = FEATURE(VIRTIO_F_RING_PACKED);
	struct feature_wish *wish = &device->wish;
	char error[160];

	if (feature_wish_parse(wish, options->features, error, sizeof(error))) {
		run_fail(device, "vblk_features=%s: %s", options->features, error);
		return;
	}
	wish->transport = transport_name(options->transport);
	wish->inflight = options->inflight;
	wish->strict = options->strict;
	/* The ring's layout is a feature too. */
	if ((options->ring == VBLK_RING_SPLIT && (wish->require & packed)) ||
	    (options->ring == VBLK_RING_PACKED && (wish->forbid & packed)))
		run_fail(device, "vblk_ring and vblk_features=%s contradict each other",
			 options->features);
	if (options->ring == VBLK_RING_SPLIT)
		wish->forbid |= packed;
	else if (options->ring == VBLK_RING_PACKED)
		wish->require |= packed;
}
