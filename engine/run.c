// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/guard.h"
#include "engine/keeper.h"
#include "engine/run.h"

/* Rings no larger than this are made without being asked for: every back-end known takes them. */
#define RING_SIZE_AUTO_MIN 256u
#define RING_SIZE_AUTO_MAX 1024u

/* Bounds of options that have no other: 16 bits count queues, an indirect table holds some more. */
#define QUEUES_MAX     65535u
#define SEGMENTS_MAX   1024u
#define TIMEOUT_MAX_US 3600000000ull

static struct vblk_run run;
static pthread_mutex_t run_lock = PTHREAD_MUTEX_INITIALIZER;

static size_t round_up(size_t value, size_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/**
 * run_get - the run
 *
 * Nothing in it before the first run_start().
 */
const struct vblk_run *run_get(void)
{
	return &run;
}

static int fail(struct vblk_device *device, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says what is wrong with a device, the first time, and takes it out of the run. */
static int fail(struct vblk_device *device, const char *format, ...)
{
	char text[512];
	va_list args;

	if (device->failed)
		return -EINVAL;
	device->failed = true;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_err("vblk: %s: %s\n", device->path, text);
	return -EINVAL;
}

/**
 * run_device - the device a file stands for
 * @name: file name
 *
 * Returns NULL for a name that no job had when the run was prepared.
 */
struct vblk_device *run_device(const char *name)
{
	char real[PATH_MAX];
	size_t i;

	for (i = 0; i < run.ndevices; i++)
		if (!strcmp(run.devices[i]->path, name))
			return run.devices[i];
	if (!realpath(name, real))
		return NULL;
	for (i = 0; i < run.ndevices; i++)
		if (!strcmp(run.devices[i]->real, real))
			return run.devices[i];
	return NULL;
}

/**
 * run_job - what a job asks
 * @td: job
 * @index: set to its place in job order
 *
 * Returns NULL for a job of another engine, or before the run was prepared.
 */
const struct vblk_ask *run_job(const struct thread_data *td, size_t *index)
{
	size_t i;

	for (i = 0; i < run.njobs; i++) {
		if (run.jobs[i].td == td) {
			*index = i;
			return &run.jobs[i];
		}
	}
	return NULL;
}

static struct vblk_device *add_device(const char *name)
{
	struct vblk_device *device = run_device(name), **devices;
	char real[PATH_MAX];

	if (device)
		return device;
	device = calloc(1, sizeof(*device));
	devices = realloc(run.devices, (run.ndevices + 1) * sizeof(*devices));
	if (devices)
		run.devices = devices;
	if (!device || !devices)
		return NULL;
	device->path = strdup(name);
	device->real = strdup(realpath(name, real) ? real : name);
	device->group = calloc(1, sizeof(*device->group));
	device->dealt = calloc(run.njobs, sizeof(*device->dealt));
	device->keeper_fd = -1;
	device->dev.vu.fd = -1;
	if (!device->path || !device->real || !device->group || !device->dealt)
		return NULL;
	run.devices[run.ndevices++] = device;
	return device;
}

/* Devices of one job need one memory. */
static void join_groups(struct vblk_group *keep, struct vblk_group *gone)
{
	size_t i;

	if (keep == gone)
		return;
	for (i = 0; i < run.ndevices; i++)
		if (run.devices[i]->group == gone)
			run.devices[i]->group = keep;
	free(gone);
}

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
	else if (a->hugepages != b->hugepages)
		option = "vblk_hugepages";
	else if (a->timeout_us != b->timeout_us)
		option = "vblk_timeout";
	if (option)
		fail(device,
		     "jobs '%s' and '%s' say different things about %s; it belongs to the device, "
		     "so say it "
		     "once under [global]",
		     device->first->td->o.name, ask->td->o.name, option);
}

/* fio takes the default for a number out of range and goes on; here it is a mistake like any other.
 */
static void check_ranges(struct vblk_device *device, const struct vblk_ask *ask)
{
	const struct vblk_options *o = &ask->options;
	const char *option = NULL;

	if (o->queue_size > VIRTQ_SIZE_MAX)
		option = "vblk_queue_size";
	else if (o->queues > QUEUES_MAX)
		option = "vblk_queues";
	else if (o->queue < DEAL_ANY || o->queue >= (int)QUEUES_MAX)
		option = "vblk_queue";
	else if (!o->segments || o->segments > SEGMENTS_MAX)
		option = "vblk_segments";
	else if (o->timeout_us < 1000 || o->timeout_us > TIMEOUT_MAX_US)
		option = "vblk_timeout";
	if (option)
		fail(device, "job '%s' has a value of %s that is out of range", ask->td->o.name,
		     option);
}

static int add_job_devices(size_t index)
{
	const struct vblk_ask *ask = &run.jobs[index];
	struct vblk_device *first = NULL;
	size_t i;

	for (i = 0; i < ask->nfiles; i++) {
		struct vblk_device *device = add_device(ask->files[i]);

		if (!device)
			return -ENOMEM;
		check_ranges(device, ask);
		if (!device->first)
			device->first = ask;
		else
			check_agreement(device, ask);
		if (first)
			join_groups(first->group, device->group);
		else
			first = device;
		device->dealt[index].uses = true;
	}
	return 0;
}

static void deal(struct vblk_device *device)
{
	size_t a, b, i;
	int n;

	for (i = 0; i < run.njobs; i++)
		vblk_ask_when(&run.jobs[i], &device->dealt[i]);
	n = deal_queues(device->dealt, run.njobs, &a, &b);
	if (n < 0) {
		fail(device,
		     "jobs '%s' and '%s' can run at the same time and both have vblk_queue=%d",
		     run.jobs[a].td->o.name, run.jobs[b].td->o.name, run.jobs[b].options.queue);
		return;
	}
	device->nqueues = (uint32_t)n;
	if (device->first->options.queues && device->first->options.queues < device->nqueues)
		fail(device,
		     "%u queues are needed for the jobs that can run at the same time, but "
		     "vblk_queues=%u",
		     device->nqueues, device->first->options.queues);
	else if (device->first->options.queues)
		device->nqueues = device->first->options.queues;
}

static void parse_wish(struct vblk_device *device)
{
	const struct vblk_options *options = &device->first->options;
	uint64_t packed = FEATURE(VIRTIO_F_RING_PACKED);
	struct feature_wish *wish = &device->wish;
	char error[160];

	if (feature_wish_parse(wish, options->features, error, sizeof(error))) {
		fail(device, "vblk_features=%s: %s", options->features, error);
		return;
	}
	/* The ring's layout is a feature too. */
	if ((options->ring == VBLK_RING_SPLIT && (wish->require & packed)) ||
	    (options->ring == VBLK_RING_PACKED && (wish->forbid & packed)))
		fail(device, "vblk_ring and vblk_features=%s contradict each other",
		     options->features);
	if (options->ring == VBLK_RING_SPLIT)
		wish->forbid |= packed;
	else if (options->ring == VBLK_RING_PACKED)
		wish->require |= packed;
}

/* The same engine, as far as a job's options tell: its operations may be gone with the job. */
static bool same_engine(const struct thread_data *a, const struct thread_data *b)
{
	return same_text(a->o.ioengine, b->o.ioengine) &&
	       same_text(a->o.ioengine_so_path, b->o.ioengine_so_path);
}

/*
 * With create_serialize=0 nothing is set up before the jobs fork, and each process would be on its
 * own: fine for a single one.
 */
static int check_not_forked(const struct thread_data *self)
{
	const struct thread_data *first = NULL;
	unsigned int n = 0;

	if (run.jobs || self->o.create_serialize || self->o.use_thread)
		return 0;
	VBLK_FOR_EACH_TD(td)
	{
		if (!same_engine(td, self))
			continue;
		n++;
		if (!first)
			first = td;
	}
	VBLK_END_FOR_EACH_TD();
	if (n == 1)
		return 0;
	/* Every process comes here and finds the same: one of them speaks. */
	if (self == first)
		log_err("vblk: create_serialize=0 starts %u jobs before the device is set up, "
			"which works with threads only; add thread=1 or leave it out\n",
			n);
	return -EINVAL;
}

/* A job whose options fio's main process has freed, as it does when it has forked a job. */
static bool forked_before_setup(const struct thread_data *td, const struct thread_data *self)
{
	return td != self && !td->o.create_serialize && !td->o.use_thread;
}

/* Reads every job of the run and finds the devices; once. */
static int run_prepare(const struct thread_data *self)
{
	size_t i;
	int ret;

	if (run.jobs)
		return 0;
	VBLK_FOR_EACH_TD(td)
	{
		if (td->io_ops == &ioengine && !forked_before_setup(td, self))
			run.njobs++;
	}
	VBLK_END_FOR_EACH_TD();
	run.jobs = calloc(run.njobs, sizeof(*run.jobs));
	if (!run.jobs)
		return -ENOMEM;
	i = 0;
	VBLK_FOR_EACH_TD(td)
	{
		if (td->io_ops != &ioengine || forked_before_setup(td, self))
			continue;
		ret = vblk_ask_read(&run.jobs[i++], td);
		if (ret)
			return ret;
	}
	VBLK_END_FOR_EACH_TD();

	for (i = 0; i < run.njobs; i++) {
		ret = add_job_devices(i);
		if (ret)
			return ret;
	}
	for (i = 0; i < run.ndevices; i++) {
		parse_wish(run.devices[i]);
		deal(run.devices[i]);
	}
	return 0;
}

static uint32_t round_up_pow2(uint32_t value)
{
	uint32_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

/* What the jobs that were dealt a queue need of it, added up. */
static int plan_queue(struct vblk_device *device, uint32_t index)
{
	struct vblk_queue_plan *plan = &device->queue[index];
	struct virtq_config *config = &plan->config;
	uint32_t per_request;
	size_t i;

	plan->depth = 1;
	config->segments = 1;
	for (i = 0; i < run.njobs; i++) {
		const struct vblk_ask *ask = &run.jobs[i];
		unsigned int n;

		if (device->dealt[i].queue != (int)index)
			continue;
		if (ask->options.queue_size) {
			if (plan->asked_size && plan->asked_size != ask->options.queue_size)
				return fail(device,
					    "jobs '%s' and '%s' use queue %u one after the other "
					    "and say "
					    "different vblk_queue_size",
					    plan->asked_by, ask->td->o.name, index);
			plan->asked_size = ask->options.queue_size;
			plan->asked_by = ask->td->o.name;
		}
		if (ask->depth > plan->depth)
			plan->depth = ask->depth;
		n = vblk_ask_segments(ask, &device->dev);
		if (n > config->segments)
			config->segments = n;
		n = vblk_ask_ranges(ask, &device->dev);
		if (n > plan->ranges)
			plan->ranges = n;
		if (ask->buffer_bytes > plan->buffer_bytes)
			plan->buffer_bytes = ask->buffer_bytes;
	}

	config->head_bytes = BLK_HEADER_BYTES;
	config->tail_bytes = BLK_STATUS_BYTES;
	config->packed = blk_dev_has(&device->dev, VIRTIO_F_RING_PACKED);
	config->in_order = blk_dev_has(&device->dev, VIRTIO_F_IN_ORDER);
	config->indirect = blk_dev_has(&device->dev, VIRTIO_RING_F_INDIRECT_DESC);
	config->event_idx = blk_dev_has(&device->dev, VIRTIO_RING_F_EVENT_IDX);
	per_request = config->indirect ? 1 : config->segments + 2;
	config->size = plan->asked_size;
	if (!config->size) {
		uint64_t need = (uint64_t)plan->depth * per_request;

		config->size = need < RING_SIZE_AUTO_MIN   ? RING_SIZE_AUTO_MIN
			       : need > RING_SIZE_AUTO_MAX ? RING_SIZE_AUTO_MAX
							   : round_up_pow2((uint32_t)need);
		/* A request must fit, whatever it takes. */
		if (config->size < config->segments + 2)
			config->size = round_up_pow2(config->segments + 2);
	}
	config->slots = config->size / per_request;
	if (config->slots > plan->depth)
		config->slots = plan->depth;
	if (!virtq_layout(config, &plan->layout))
		return 0;
	if (!config->packed && (config->size & (config->size - 1)))
		return fail(device, "vblk_queue_size=%u is not a power of two", config->size);
	return fail(device, "vblk_queue_size=%u has no room for a request of %u descriptors",
		    config->size, config->segments + 2);
}

/* Reaches the device and holds what it offers against what the jobs ask. */
static int open_device(struct vblk_device *device)
{
	const struct vblk_options *options = &device->first->options;
	char error[320];
	uint32_t n;
	size_t i;

	if (device->failed)
		return -EINVAL;
	if (blk_dev_open(&device->dev, device->path, (unsigned int)(options->timeout_us / 1000),
			 &device->wish))
		return fail(device, "%s", device->dev.error);
	for (i = 0; i < run.njobs; i++)
		if (device->dealt[i].uses &&
		    vblk_ask_check(&run.jobs[i], &device->dev, error, sizeof(error)))
			return fail(device, "%s", error);
	if (device->nqueues > device->dev.queues_max) {
		if (options->queues)
			return fail(device,
				    "vblk_queues=%u, but the back-end has %u (qemu-storage-daemon: "
				    "num-queues=)",
				    options->queues, device->dev.queues_max);
		return fail(device,
			    "the jobs that can run at the same time need %u queues, but the "
			    "back-end has %u; "
			    "give it more (qemu-storage-daemon: num-queues=) or separate jobs by "
			    "stonewall",
			    device->nqueues, device->dev.queues_max);
	}
	device->queue = calloc(device->nqueues, sizeof(*device->queue));
	if (!device->queue)
		return fail(device, "out of memory");
	for (n = 0; n < device->nqueues; n++)
		if (plan_queue(device, n))
			return -EINVAL;
	return 0;
}

/* Gives every queue its place; returns the end. Each starts on a page of its own, which its job
 * touches first. */
static size_t place_queues(struct vblk_device *device, size_t at, size_t page_bytes)
{
	uint32_t n;

	for (n = 0; n < device->nqueues; n++) {
		struct vblk_queue_plan *plan = &device->queue[n];

		plan->rings = round_up(at, page_bytes);
		plan->range = round_up(plan->rings + plan->layout.bytes, VIRTQ_CACHE_LINE);
		at = plan->range + (size_t)plan->layout.slots * plan->ranges *
					   sizeof(struct virtio_blk_discard_write_zeroes);
		plan->data = round_up(at, page_bytes < ARENA_UNIT ? page_bytes
								  : (size_t)sysconf(_SC_PAGESIZE));
		at = plan->data + plan->buffer_bytes;
	}
	return at;
}

static size_t place_group(const struct vblk_group *group, size_t page_bytes)
{
	size_t at = 0, i;

	for (i = 0; i < run.ndevices; i++)
		if (run.devices[i]->group == group && !run.devices[i]->failed)
			at = place_queues(run.devices[i], at, page_bytes);
	return at;
}

/* Memory for all devices of the group that can be used; they all say the same about its pages. */
static int create_arena(struct vblk_group *group)
{
	struct vblk_device *first = NULL;
	size_t bytes, page_bytes, i;
	enum arena_pages pages;

	for (i = 0; i < run.ndevices; i++) {
		struct vblk_device *device = run.devices[i];

		if (device->group != group || device->failed)
			continue;
		if (!first)
			first = device;
		else if (first->first->options.hugepages != device->first->options.hugepages)
			fail(device,
			     "it shares a job with %s, and they say different things about "
			     "vblk_hugepages",
			     first->path);
	}
	if (!first)
		return -EINVAL;
	pages = (enum arena_pages)first->first->options.hugepages;
	bytes = place_group(group, (size_t)sysconf(_SC_PAGESIZE));
	page_bytes = arena_page_bytes(bytes, pages);
	/* Whole 1 GiB pages for every queue would be a waste: the finest placement that serves is
	 * by 2 MiB. */
	bytes = place_group(group, page_bytes < ARENA_UNIT ? page_bytes : ARENA_UNIT);
	if (!arena_create(&group->arena, bytes, pages))
		return 0;
	for (i = 0; i < run.ndevices; i++)
		if (run.devices[i]->group == group)
			fail(run.devices[i], "%s", group->arena.error);
	return -ENOMEM;
}

static int create_control(struct vblk_device *device)
{
	size_t queues = round_up(sizeof(struct control), VIRTQ_CACHE_LINE), jobs, state, i;
	struct control *control;
	unsigned char *base;
	uint32_t n;

	jobs = queues + device->nqueues * sizeof(struct control_queue);
	state = round_up(jobs + run.njobs * sizeof(struct control_job), VIRTQ_CACHE_LINE);
	device->control_bytes = state;
	for (n = 0; n < device->nqueues; n++)
		device->control_bytes += round_up(
			virtq_state_bytes(&device->queue[n].config, &device->queue[n].layout),
			VIRTQ_CACHE_LINE);

	base = mmap(NULL, device->control_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (base == MAP_FAILED)
		return fail(device, "no memory for %u queues: %s", device->nqueues,
			    strerror(errno));
	device->control = control = (struct control *)base;
	control->queue = (struct control_queue *)(base + queues);
	control->job = (struct control_job *)(base + jobs);
	control->nqueues = device->nqueues;
	control->njobs = (uint32_t)run.njobs;
	for (i = 0; i < run.njobs; i++) {
		bool uses = device->dealt[i].uses;

		control->job[i].queue = uses ? (uint32_t)device->dealt[i].queue : CONTROL_NO_QUEUE;
		atomic_init(&control->job[i].state, uses ? CONTROL_JOB_DEALT : CONTROL_JOB_ENDED);
		atomic_fetch_add(&control->running, uses);
	}
	for (n = 0; n < device->nqueues; n++) {
		struct vblk_queue_plan *plan = &device->queue[n];
		struct control_queue *queue = &control->queue[n];

		virtq_init(&queue->vq, &plan->config, &plan->layout,
			   device->group->arena.base + plan->rings, base + state);
		state +=
			round_up(virtq_state_bytes(&plan->config, &plan->layout), VIRTQ_CACHE_LINE);
		queue->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		queue->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (queue->kick_fd < 0 || queue->call_fd < 0)
			return fail(device, "no file descriptors for %u queues: %s",
				    device->nqueues, strerror(errno));
	}
	return 0;
}

static void tell(const char *text)
{
	/* With a machine-readable report on standard output, fio's notes are not to be among it. */
	if (output_format & FIO_OUTPUT_NORMAL)
		log_info("%s", text);
	else
		log_err("%s", text);
}

/* The run's first lines: what was agreed on, so that a result can be audited. */
static void tell_facts(const struct vblk_device *device)
{
	const struct blk_dev *dev = &device->dev;
	char features[256], text[640], sizes[64];
	uint32_t n, least = UINT32_MAX, most = 0;

	for (n = 0; n < device->nqueues; n++) {
		uint32_t size = device->queue[n].config.size;

		least = size < least ? size : least;
		most = size > most ? size : most;
	}
	snprintf(sizes, sizeof(sizes), least == most ? "%u" : "%u to %u", least, most);
	feature_list(dev->features & ~FEATURE(VHOST_USER_F_PROTOCOL_FEATURES), features,
		     sizeof(features));
	snprintf(text, sizeof(text),
		 "vblk: %s: vhost-user, %s ring of %s, %u of %u queue%s, %llu MiB, blocks of "
		 "%u, %s cache, "
		 "%zu KiB pages, features %s\n",
		 device->path, blk_dev_has(dev, VIRTIO_F_RING_PACKED) ? "packed" : "split", sizes,
		 device->nqueues, dev->queues_max, dev->queues_max == 1 ? "" : "s",
		 (unsigned long long)(dev->capacity_bytes >> 20), dev->block_bytes,
		 dev->writeback ? "write-back" : "write-through",
		 device->group->arena.page_bytes >> 10, features);
	tell(text);
	for (n = 0; n < device->nqueues; n++) {
		const struct vblk_queue_plan *plan = &device->queue[n];

		if (plan->layout.slots >= plan->depth)
			continue;
		snprintf(text, sizeof(text),
			 "vblk: %s: queue %u: a ring of %u holds %u requests at a time, so that "
			 "iodepth=%u is not reached\n",
			 device->path, n, plan->config.size, plan->layout.slots, plan->depth);
		tell(text);
	}
}

static int start_device(struct vblk_device *device)
{
	struct blk_dev_queue *queues = calloc(device->nqueues, sizeof(*queues));
	uint32_t n;
	int ret;

	if (!queues)
		return fail(device, "out of memory");
	for (n = 0; n < device->nqueues; n++) {
		const struct control_queue *queue = &device->control->queue[n];
		const struct vblk_queue_plan *plan = &device->queue[n];
		unsigned char *rings = device->group->arena.base + plan->rings;

		queues[n].size = plan->config.size;
		queues[n].addr.desc = rings + plan->layout.desc;
		queues[n].addr.driver = rings + plan->layout.driver;
		queues[n].addr.device = rings + plan->layout.device;
		queues[n].kick_fd = queue->kick_fd;
		queues[n].call_fd = queue->call_fd;
	}
	ret = blk_dev_start(&device->dev, &device->group->arena, queues, device->nqueues);
	free(queues);
	if (ret)
		return fail(device, "%s", device->dev.error);
	ret = keeper_start(device);
	if (ret)
		return fail(device, "no thread to look after the connection: %s", strerror(-ret));
	tell_facts(device);
	return 0;
}

static void start_group(struct vblk_group *group)
{
	size_t i;

	group->started = true;
	for (i = 0; i < run.ndevices; i++)
		if (run.devices[i]->group == group)
			open_device(run.devices[i]);
	if (create_arena(group))
		return;
	for (i = 0; i < run.ndevices; i++) {
		struct vblk_device *device = run.devices[i];

		if (device->group == group && !device->failed && !create_control(device))
			start_device(device);
		/* A connection that nobody will use: the back-end may be waiting to serve another.
		 */
		if (device->group == group && device->failed)
			blk_dev_close(&device->dev);
	}
}

static int start_locked(struct thread_data *td)
{
	const struct vblk_ask *ask;
	size_t i, index;
	int ret = check_not_forked(td);

	if (ret)
		return ret;
	ret = run_prepare(td);
	if (ret) {
		log_err("vblk: out of memory\n");
		return ret;
	}
	ask = run_job(td, &index);
	if (!ask)
		return -EINVAL;
	if (!ask->nfiles) {
		static bool said;

		if (!said)
			log_err("vblk: job '%s' names no device; set filename= to the back-end's "
				"vhost-user socket\n",
				td->o.name);
		said = true;
		return -EINVAL;
	}
	for (i = 0; i < ask->nfiles; i++) {
		struct vblk_device *device = run_device(ask->files[i]);

		if (!device->group->started)
			start_group(device->group);
		if (device->failed)
			ret = -EINVAL;
	}
	/* A job that lacks one of its devices uses none of them. */
	for (i = 0; ret && i < ask->nfiles; i++) {
		struct vblk_device *device = run_device(ask->files[i]);

		if (!device->failed)
			run_job_ended(device, index);
	}
	return ret;
}

/**
 * run_start - see to it that the devices of a job are there
 * @td: job
 *
 * The first call for a device reads all jobs and sets it up. Returns 0 or a negative errno; the
 * user knows why then.
 */
int run_start(struct thread_data *td)
{
	int ret;

	pthread_mutex_lock(&run_lock);
	ret = start_locked(td);
	pthread_mutex_unlock(&run_lock);
	return ret;
}

/**
 * run_job_ended - a job will not use a device any more
 * @device: device, started
 * @job: its place in job order
 *
 * The last one to leave waits until the device has been stopped.
 */
void run_job_ended(struct vblk_device *device, size_t job)
{
	struct control *control = device->control;
	bool last = false;

	if (atomic_exchange(&control->job[job].state, CONTROL_JOB_ENDED) != CONTROL_JOB_ENDED)
		last = atomic_fetch_sub(&control->running, 1) == 1;
	keeper_wake(device);
	if (last)
		keeper_wait_stopped(device);
}

/* Jobs that never came to run leave a device behind that nobody stopped. */
static void __attribute__((destructor)) run_end(void)
{
	size_t i;

	for (i = 0; i < run.ndevices; i++)
		keeper_end(run.devices[i]);
}
