// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engine/device_options.h"

/* Bounds of options that have no other: 16 bits count queues, an indirect table holds some more. */
#define QUEUES_MAX   65535u
#define SEGMENTS_MAX 1024u
#define TIME_MAX_US  86400000000ll

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

/* fio takes the default for a number out of range and goes on; here it is a mistake. */
static void check_ranges(struct vblk_device *device, const struct vblk_ask *ask)
{
	const struct vblk_options *o = &ask->options;
	const struct {
		const char *option;
		long long value, least, most;
	} ranges[] = {
		{ "vblk_queue_size", o->queue_size, 0, VIRTQ_SIZE_MAX },
		{ "vblk_queues", o->queues, 0, QUEUES_MAX },
		{ "vblk_queue", o->queue, DEAL_ANY, QUEUES_MAX - 1 },
		{ "vblk_segments", o->segments, 1, SEGMENTS_MAX },
		{ "vblk_timeout (us)", (long long)o->timeout_us, 1000, TIME_MAX_US },
		{ "vblk_io_timeout (us)", (long long)o->io_timeout_us, 0, TIME_MAX_US },
		{ "vblk_reconnect (us)", (long long)o->reconnect_us, 0, TIME_MAX_US },
		{ "vblk_spin (us)", (long long)o->spin_us, 0, TIME_MAX_US },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most)
			run_fail(device, "job '%s' has %s=%lld, but it goes from %lld to %lld",
				 ask->td->o.name, ranges[i].option, ranges[i].value,
				 ranges[i].least, ranges[i].most);
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
