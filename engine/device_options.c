// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "engine/device_options.h"
#include "engine/report.h"
#include "virtq/base.h"

/* Upper limits of options. The number of queues is a 16-bit number in VIRTIO; the other limits are
 * choices of the engine. */
#define QUEUES_MAX   65535u
#define SEGMENTS_MAX 1024u
#define TIME_MAX_US  86400000000ll

/* Lower limit of vblk_timeout. The fastest back-ends take about 0.1 ms to answer a message. */
#define TIMEOUT_MIN_US 1000

/* Lower limit of vblk_io_timeout and vblk_reconnect. The engine measures these times with a
 * resolution of tens of milliseconds. */
#define WAIT_MIN_US 100000

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Check that the jobs of a device agree on the options that apply to the device. */
static void check_agreement(struct vblk_device *device, const struct job_spec *spec)
{
	const struct vblk_options *a = &device->first->options, *b = &spec->options;
	const char *option = NULL;

	if (a->transport != b->transport)
		option = "vblk_transport";
	else if (a->queues != b->queues)
		option = "vblk_queues";
	else if (a->share != b->share)
		option = "vblk_share";
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
		report_failure(
			device,
			"jobs '%s' and '%s' have different values of %s; this option applies to the whole device, so set it once, in [global]",
			device->first->td->o.name, spec->td->o.name, option);
}

/**
 * struct range - range of valid values of an option
 * @option: name of the option
 * @value: value that the job has
 * @least: smallest valid value
 * @most: largest valid value
 * @time: @value, @least and @most are times in microseconds
 * @or_zero: 0 is valid too, although it is less than @least
 * @device: the option applies to the device: an invalid value fails all jobs of the device
 */
struct range {
	const char *option;
	long long value;
	long long least;
	long long most;
	bool time;
	bool or_zero;
	bool device;
};

/* Format a time as users write it: an integer and the largest unit that needs no fraction. */
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

/* Refuse a value out of range. The option table has no limits, so fio accepts any value. */
static void check_range(struct vblk_device *device, struct job_spec *spec,
			const struct range *range)
{
	char value[32], least[32], most[32], text[160];

	if ((range->value >= range->least && range->value <= range->most) ||
	    (range->or_zero && !range->value))
		return;
	format_number(range, range->value, value, sizeof(value));
	format_number(range, range->least, least, sizeof(least));
	format_number(range, range->most, most, sizeof(most));
	snprintf(text, sizeof(text), "job '%s': %s=%s is out of range (%s to %s%s)",
		 spec->td->o.name, range->option, value, least, most,
		 range->or_zero ? ", or 0" : "");
	if (range->device)
		report_failure(device, "%s", text);
	else
		report_refusal(spec, device, "%s", text);
}

static void check_ranges(struct vblk_device *device, struct job_spec *spec)
{
	const struct vblk_options *o = &spec->options;
	const struct range ranges[] = {
		{ .option = "vblk_queue_size", .value = o->queue_size, .most = VIRTQ_SIZE_MAX },
		{ .option = "vblk_queues", .value = o->queues, .most = QUEUES_MAX, .device = true },
		{ .option = "vblk_queue",
		  .value = o->queue,
		  .least = QUEUE_ANY,
		  .most = QUEUES_MAX - 1 },
		{ .option = "vblk_segments",
		  .value = o->segments,
		  .least = 1,
		  .most = SEGMENTS_MAX },
		{ .option = "vblk_timeout",
		  .value = (long long)o->timeout_us,
		  .least = TIMEOUT_MIN_US,
		  .most = TIME_MAX_US,
		  .time = true,
		  .device = true },
		{ .option = "vblk_io_timeout",
		  .value = (long long)o->io_timeout_us,
		  .least = WAIT_MIN_US,
		  .most = TIME_MAX_US,
		  .time = true,
		  .or_zero = true },
		{ .option = "vblk_reconnect",
		  .value = (long long)o->reconnect_us,
		  .least = WAIT_MIN_US,
		  .most = TIME_MAX_US,
		  .time = true,
		  .or_zero = true,
		  .device = true },
		{ .option = "vblk_spin",
		  .value = (long long)o->spin_us,
		  .most = TIME_MAX_US,
		  .time = true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		check_range(device, spec, &ranges[i]);
}

/* If a job has both vblk_queue and vblk_queues, check that vblk_queue is less than vblk_queues. */
static void check_pin(struct vblk_device *device, struct job_spec *spec)
{
	unsigned int queues = device->first->options.queues;

	if (queues && spec->options.queue >= 0 && (unsigned int)spec->options.queue >= queues)
		report_refusal(
			spec, device,
			"job '%s' has vblk_queue=%d, but vblk_queues=%u; the first queue is queue 0",
			spec->td->o.name, spec->options.queue, queues);
}

/**
 * device_options_check - check the engine options of a job for one of its devices
 * @device: device that the job uses
 * @spec: job
 *
 * Reports an invalid option. An invalid option of the job removes the job from the run; an invalid
 * option of the device removes the device, and with it all jobs of the device.
 */
void device_options_check(struct vblk_device *device, struct job_spec *spec)
{
	check_ranges(device, spec);
	check_pin(device, spec);
	check_agreement(device, spec);
}

/**
 * device_options_apply - derive the options of a device from the options of its first job
 * @device: device; the function fills in @device->options
 *
 * Reports an error and removes the device from the run if the options are invalid.
 */
void device_options_apply(struct vblk_device *device)
{
	const struct vblk_options *options = &device->first->options;
	uint64_t packed = FEATURE(VIRTIO_F_RING_PACKED);
	struct blk_dev_options *dev = &device->options;
	struct error error;

	if (features_parse(dev, options->features, &error)) {
		report_failure(device, "vblk_features=%s: %s", options->features, error.text);
		return;
	}
	dev->transport = (enum transport_kind)options->transport;
	dev->inflight = options->inflight;
	dev->strict = options->strict;
	/* The ring layout is also a feature, VIRTIO_F_RING_PACKED, so the two options overlap. */
	if ((options->ring == VBLK_RING_SPLIT && (dev->require & packed)) ||
	    (options->ring == VBLK_RING_PACKED && (dev->forbid & packed)))
		report_failure(device, "vblk_ring and vblk_features=%s contradict each other",
			       options->features);
	if (options->ring == VBLK_RING_SPLIT)
		dev->forbid |= packed;
	else if (options->ring == VBLK_RING_PACKED)
		dev->require |= packed;
}
