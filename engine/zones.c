// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zoned devices.
 *
 * fio requests zone reports in its main process before any job runs. Within jobs, fio resets,
 * finishes and reports zones while requests are in flight. Each of these operations is a command
 * (command.c) on the queue that is assigned to the job; nothing else uses the queue before the job
 * runs. Therefore, on zoned devices, the main process touches the memory of the ring before the job
 * does.
 *
 * Hooks for zones return a negative errno, and also set errno to the positive value.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/command.h"
#include "engine/job.h"
#include "engine/run.h"
#include "engine/zones.h"
#include "vhost/blk/blk_status.h"

/**
 * struct caller - the job for which a hook runs commands
 * @job: job
 * @q: queue of the job on the device
 * @made: the job does not run yet, so enter() has made @job, and leave() frees it
 */
struct caller {
	struct vblk_job *job;
	struct vblk_queue *q;
	bool made;
};

static int enter(struct caller *caller, struct thread_data *td, const struct fio_file *f)
{
	const struct vblk_device *device = run_device(f->file_name);
	const struct job_spec *spec;
	size_t index;
	unsigned int i;

	memset(caller, 0, sizeof(*caller));
	caller->job = td->io_ops_data;
	if (!caller->job) {
		spec = run_job(td, &index);
		caller->job = spec && device && !device->failed ? job_make(td, spec, index) : NULL;
		caller->made = true;
	}
	for (i = 0; caller->job && i < caller->job->nqueues; i++)
		if (caller->job->queue[i].device == device)
			caller->q = &caller->job->queue[i];
	return caller->q ? 0 : -ENODEV;
}

/* Clean up, and return the result of a hook. */
static int leave(struct caller *caller, int ret)
{
	if (caller->made && caller->job)
		job_free(caller->job);
	if (ret < 0)
		errno = -ret;
	return ret;
}

/* Run a command, and report its failure. The failure of a queue has been reported already. */
static int run(struct caller *caller, uint32_t type, uint64_t offset, uint32_t bytes,
	       bool device_writes, const char *name)
{
	char why[96];
	uint8_t status;
	int ret = command_run(caller->job, caller->q, type, offset / BLK_SECTOR_BYTES, bytes,
			      device_writes, &status);

	if (!ret || caller->q->state != QUEUE_LIVE)
		return ret;
	blk_status_describe(status, why, sizeof(why));
	log_err("vblk: %s: job '%s': %s at offset %llu: %s\n", caller->q->device->path,
		caller->job->td->o.name, name, (unsigned long long)offset, why);
	return ret;
}

static const struct blk_zoned *zoned_of(const struct fio_file *f)
{
	const struct vblk_device *device = run_device(f->file_name);

	return device ? &device->dev.zoned : NULL;
}

/**
 * zones_get_model - fio's get_zoned_model()
 * @td: job
 * @f: file of the device
 * @model: set to the zone model of the device
 */
int zones_get_model(struct thread_data *td, struct fio_file *f, enum zbd_zoned_model *model)
{
	const struct blk_zoned *zoned = zoned_of(f);

	(void)td;
	*model = !zoned					       ? ZBD_NONE
		 : zoned->model == BLK_ZONE_MODEL_HOST_MANAGED ? ZBD_HOST_MANAGED
		 : zoned->model == BLK_ZONE_MODEL_HOST_AWARE   ? ZBD_HOST_AWARE
							       : ZBD_NONE;
	return 0;
}

/* Convert a zone for fio. The numbers of types and states are the same in both structures. */
static void convert(struct zbd_zone *to, const struct blk_zone *from)
{
	to->start = from->start_bytes;
	to->wp = from->wp_bytes;
	to->len = from->bytes;
	to->capacity = from->capacity_bytes;
	to->type = (enum zbd_zone_type)from->kind;
	to->cond = (enum zbd_zone_cond)from->state;
}

/* Run one zone report command, for as many zones as its buffer can hold. Return the number of zones
 * reported, or a negative errno. */
static int report_some(struct caller *caller, uint64_t offset, struct blk_zone *zones,
		       unsigned int count)
{
	const struct vblk_queue *q = caller->q;
	const struct blk_dev *dev = &q->device->dev;
	uint64_t bytes = BLK_ZONE_REPORT_BYTES((uint64_t)count);
	struct error error;
	int ret;

	if (bytes > q->command_bytes)
		bytes = q->command_bytes;
	/* Make the header invalid, so that the check fails if the device does not write a report.
	 */
	memset(q->command_data, 0xff, sizeof(struct blk_zone_report));
	ret = run(caller, BLK_T_ZONE_REPORT, offset, (uint32_t)bytes, true, "zone report");
	if (ret)
		return ret;
	ret = blk_zone_read_report(dev, offset, q->command_data, bytes, zones, count, &error);
	if (ret < 0)
		log_err("vblk: %s: job '%s': %s\n", q->device->path, caller->job->td->o.name,
			error.text);
	return ret;
}

/**
 * zones_report - fio's report_zones()
 * @td: job
 * @f: file of the device
 * @offset: offset in bytes in the first zone to report
 * @zones: filled in
 * @count: number of entries in @zones
 *
 * Returns the number of zones reported, less than @count only at the end of the device, or a
 * negative errno.
 */
int zones_report(struct thread_data *td, struct fio_file *f, uint64_t offset,
		 struct zbd_zone *zones, unsigned int count)
{
	struct blk_zone *found = calloc(count, sizeof(*found));
	struct caller caller;
	unsigned int n = 0, i;
	int ret = enter(&caller, td, f);

	if (!ret && !found)
		ret = -ENOMEM;
	while (!ret && n < count && offset < caller.q->capacity_bytes) {
		ret = report_some(&caller, offset, found + n, count - n);
		if (ret <= 0)
			break;
		n += (unsigned int)ret;
		offset = found[n - 1].start_bytes + found[n - 1].bytes;
		ret = 0;
	}
	for (i = 0; i < n; i++)
		convert(&zones[i], &found[i]);
	free(found);
	return leave(&caller, ret ? ret : (int)n);
}

/* Run a command for each zone of a range. */
static int for_each_zone(struct thread_data *td, struct fio_file *f, uint32_t type, uint64_t offset,
			 uint64_t bytes, const char *name)
{
	struct caller caller;
	int ret = enter(&caller, td, f);
	uint64_t at;

	for (at = offset; !ret && at < offset + bytes; at += zoned_of(f)->zone_bytes)
		ret = run(&caller, type, at, 0, false, name);
	return leave(&caller, ret);
}

/**
 * zones_reset - fio's reset_wp()
 * @td: job
 * @f: file of the device
 * @offset: offset in bytes of the first zone
 * @bytes: length in bytes of all zones
 *
 * Returns 0 or a negative errno.
 */
int zones_reset(struct thread_data *td, struct fio_file *f, uint64_t offset, uint64_t bytes)
{
	return for_each_zone(td, f, BLK_T_ZONE_RESET, offset, bytes, "zone reset");
}

/**
 * zones_finish - fio's finish_zone()
 * @td: job
 * @f: file of the device
 * @offset: offset in bytes of the first zone
 * @bytes: length in bytes of all zones
 *
 * Returns 0 or a negative errno.
 */
int zones_finish(struct thread_data *td, struct fio_file *f, uint64_t offset, uint64_t bytes)
{
	return for_each_zone(td, f, BLK_T_ZONE_FINISH, offset, bytes, "zone finish");
}

/**
 * zones_move_wp - fio's move_zone_wp(): write the part of a failed write that is missing
 * @td: job
 * @f: file of the device
 * @zone: zone; the data is written from its write pointer on
 * @bytes: length of the data in bytes
 * @data: data to write, NULL = zeroes
 *
 * Returns 0 or a negative errno.
 */
int zones_move_wp(struct thread_data *td, struct fio_file *f, struct zbd_zone *zone, uint64_t bytes,
		  const char *data)
{
	uint64_t at = zone->wp, end = zone->wp + bytes, most;
	struct caller caller;
	int ret = enter(&caller, td, f);

	while (!ret && at < end) {
		uint64_t part = end - at;

		most = caller.q->command_bytes;
		most -= most % zoned_of(f)->write_granularity_bytes;
		if (!most) {
			ret = -ENOTSUP;
			break;
		}
		if (part > most)
			part = most;
		if (data)
			memcpy(caller.q->command_data, data + (at - zone->wp), part);
		else
			memset(caller.q->command_data, 0, part);
		ret = run(&caller, VIRTIO_BLK_T_OUT, at, (uint32_t)part, false, "write");
		at += part;
	}
	return leave(&caller, ret);
}

/**
 * zones_get_max_open - fio's get_max_open_zones()
 * @td: job
 * @f: file of the device
 * @zones: set to the limit, 0 = no limit
 */
int zones_get_max_open(struct thread_data *td, struct fio_file *f, unsigned int *zones)
{
	const struct blk_zoned *zoned = zoned_of(f);

	(void)td;
	*zones = zoned ? zoned->max_open : 0;
	/* fio keeps zones open until they are full, so the limit of active zones applies too. */
	if (zoned && zoned->max_active && (!*zones || zoned->max_active < *zones))
		*zones = zoned->max_active;
	return 0;
}

/**
 * zones_get_max_active - fio's get_max_active_zones()
 * @td: job
 * @f: file of the device
 * @zones: set to the limit, 0 = no limit
 */
int zones_get_max_active(struct thread_data *td, struct fio_file *f, unsigned int *zones)
{
	const struct blk_zoned *zoned = zoned_of(f);

	(void)td;
	*zones = zoned ? zoned->max_active : 0;
	return 0;
}
