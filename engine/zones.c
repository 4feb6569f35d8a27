// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zoned devices: fio asks for the zones in its main process, before any job runs, and has them
 * reset, finished and reported again within the jobs, beside what they have in flight. Each of that
 * is a command (command.c) on the queue the job was dealt; before the job runs nobody else uses it.
 * (So that on these devices it is not the job that touches its ring first.)
 *
 * fio's hooks return a negative errno and leave a positive one in errno, too.
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
 * struct caller - the job on whose behalf a command is run
 * @job: job
 * @q: its queue on the device
 * @made: it does not run yet: @job was made for this
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

/* Returns what a hook does. */
static int leave(struct caller *caller, int ret)
{
	if (caller->made && caller->job)
		job_free(caller->job);
	if (ret < 0)
		errno = -ret;
	return ret;
}

/* A command that failed is said so, with its name; why the queue was given up was said before. */
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
 * @f: its device
 * @model: set to it
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

/* Both count zones as the specification does. */
static void convert(struct zbd_zone *to, const struct blk_zone *from)
{
	to->start = from->start_bytes;
	to->wp = from->wp_bytes;
	to->len = from->bytes;
	to->capacity = from->capacity_bytes;
	to->type = (enum zbd_zone_type)from->kind;
	to->cond = (enum zbd_zone_cond)from->state;
}

/* One report, of as many zones as there is room for. */
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
	/* What the device does not write is no report. */
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
 * @f: its device
 * @offset: from the zone that holds this byte on
 * @zones: filled in
 * @count: most zones to report
 *
 * Returns how many, fewer only at the device's end, or a negative errno.
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

/* A command for each zone of a range. */
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
 * @f: its device
 * @offset: first zone
 * @bytes: length of the zones
 */
int zones_reset(struct thread_data *td, struct fio_file *f, uint64_t offset, uint64_t bytes)
{
	return for_each_zone(td, f, BLK_T_ZONE_RESET, offset, bytes, "zone reset");
}

/**
 * zones_finish - fio's finish_zone()
 * @td: job
 * @f: its device
 * @offset: first zone
 * @bytes: length of the zones
 */
int zones_finish(struct thread_data *td, struct fio_file *f, uint64_t offset, uint64_t bytes)
{
	return for_each_zone(td, f, BLK_T_ZONE_FINISH, offset, bytes, "zone finish");
}

/**
 * zones_move_wp - fio's move_zone_wp(): write what a failed write left out
 * @td: job
 * @f: its device
 * @zone: zone
 * @bytes: length
 * @data: what to write, NULL = zeroes
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
 * @f: its device
 * @zones: set to the limit, 0 = none
 */
int zones_get_max_open(struct thread_data *td, struct fio_file *f, unsigned int *zones)
{
	const struct blk_zoned *zoned = zoned_of(f);

	(void)td;
	*zones = zoned ? zoned->max_open : 0;
	/* fio keeps zones open until they are full: one that is active is open. */
	if (zoned && zoned->max_active && (!*zones || zoned->max_active < *zones))
		*zones = zoned->max_active;
	return 0;
}

/**
 * zones_get_max_active - fio's get_max_active_zones()
 * @td: job
 * @f: its device
 * @zones: set to the limit, 0 = none
 */
int zones_get_max_active(struct thread_data *td, struct fio_file *f, unsigned int *zones)
{
	const struct blk_zoned *zoned = zoned_of(f);

	(void)td;
	*zones = zoned ? zoned->max_active : 0;
	return 0;
}
