/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to a zoned device (VIRTIO 1.3, 5.2.6)
 *
 * One lock is held from the check of a zone until its data has been transferred, so that writes and
 * resets are atomic for queues that other threads serve. A reset does not change the store: reads
 * from a sequential zone return zeros for all sectors that were not written since its last reset.
 * WRITE_ZEROES in a sequential zone is treated as a write: the range must start at the write
 * pointer, which is advanced. SECURE_ERASE accepts only whole zones.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "t/vblk-device/request.h"
#include "t/vblk-device/zoned.h"
#include "t/vblk-device/zones.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct vdev_zones zones;

/**
 * vdev_zoned_start - create the zones, all empty
 * @o: options
 * @size_bytes: size of the store
 *
 * Return 0 or a negative errno: -EINVAL if the size is not a multiple of the write granularity.
 */
int vdev_zoned_start(const struct vdev_options *o, uint64_t size_bytes)
{
	struct vdev_zones_layout l = {
		.capacity_sectors = size_bytes / VDEV_SECTOR_BYTES,
		.zone_sectors = (uint32_t)(o->zone_bytes / VDEV_SECTOR_BYTES),
		.zone_capacity_sectors = (uint32_t)(o->zone_capacity_bytes / VDEV_SECTOR_BYTES),
		.nr_conventional = o->conventional_zones,
		.max_open = o->max_open_zones,
		.max_active = o->max_active_zones,
		.max_append_sectors = o->max_append_sectors,
		.write_granularity_sectors = o->write_granularity_bytes / VDEV_SECTOR_BYTES,
	};

	if (size_bytes % o->write_granularity_bytes)
		return -EINVAL;
	return vdev_zones_init(&zones, &l);
}

/**
 * vdev_zoned_break - make a zone read-only or offline, as if its hardware had failed
 * @nr: number of the zone
 * @state: VDEV_ZS_RDONLY or VDEV_ZS_OFFLINE
 *
 * Return 0, or -EINVAL if the zone cannot change to this state.
 */
int vdev_zoned_break(uint64_t nr, enum vdev_zone_state state)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = vdev_zones_break(&zones, nr, state);
	pthread_mutex_unlock(&lock);
	return ret;
}

/* ---- reads and writes ---- */

/*
 * Truncate a list of buffers to @bytes, and zero the bytes that are cut off. Return the number of
 * buffers that remain.
 */
static unsigned int truncate_buffers(struct iovec *iov, unsigned int nr, uint64_t bytes)
{
	unsigned int kept = 0;

	for (; nr; iov++, nr--) {
		size_t part = iov->iov_len < bytes ? iov->iov_len : (size_t)bytes;

		memset((uint8_t *)iov->iov_base + part, 0, iov->iov_len - part);
		iov->iov_len = part;
		bytes -= part;
		kept += part != 0;
	}
	return kept;
}

/**
 * vdev_zoned_read - execute an IN request
 * @b: data of the request
 * @sector: first sector; the caller has checked the capacity
 *
 * Sectors that were not written since the last reset of their zone read as zeros.
 *
 * Return a status.
 */
uint8_t vdev_zoned_read(const struct vdev_buffers *b, uint64_t sector)
{
	const struct vdev_zone *zone;
	unsigned int nr = b->nr_in;
	uint8_t status;

	pthread_mutex_lock(&lock);
	status = vdev_zones_read(&zones, sector, b->in_bytes / VDEV_SECTOR_BYTES);
	zone = vdev_zones_at(&zones, sector);
	if (!status && zone && zone->type == VDEV_ZT_SWR)
		nr = truncate_buffers(
			b->in, nr,
			zone->written > sector ? (zone->written - sector) * VDEV_SECTOR_BYTES : 0);
	if (!status)
		status = vdev_status(
			vdev_store_read(&vdev_store, b->in, nr, sector * VDEV_SECTOR_BYTES));
	pthread_mutex_unlock(&lock);
	return status;
}

/* Write data and advance the write pointer. The caller holds the lock and has opened the zone. */
static uint8_t write_data(const struct vdev_queue *q, const struct vdev_buffers *b, uint64_t sector)
{
	uint8_t status = vdev_status(vdev_store_write(&vdev_store, b->out, b->nr_out,
						      sector * VDEV_SECTOR_BYTES, !q->writeback));

	if (!status)
		vdev_zones_written(&zones, sector, b->out_bytes / VDEV_SECTOR_BYTES);
	return status;
}

/**
 * vdev_zoned_write - execute an OUT request
 * @q: queue
 * @b: data of the request; consumed
 * @sector: first sector; the caller has checked the capacity
 *
 * Return a status.
 */
uint8_t vdev_zoned_write(const struct vdev_queue *q, const struct vdev_buffers *b, uint64_t sector)
{
	const struct vdev_zone *zone = vdev_zones_at(&zones, sector);
	uint32_t granule = vdev_opt.write_granularity_bytes;
	uint8_t status;

	if (zone && zone->type == VDEV_ZT_SWR &&
	    (sector * VDEV_SECTOR_BYTES % granule || b->out_bytes % granule))
		vdev_rule(
			"REQ-7",
			"queue %u: OUT of %llu bytes at sector %llu of a sequential zone, write_granularity is %u",
			q->index, (unsigned long long)b->out_bytes, (unsigned long long)sector,
			granule);
	pthread_mutex_lock(&lock);
	status = vdev_zones_write(&zones, sector, b->out_bytes / VDEV_SECTOR_BYTES);
	if (!status)
		status = write_data(q, b, sector);
	pthread_mutex_unlock(&lock);
	return status;
}

/**
 * vdev_zoned_zero - execute one range of a WRITE_ZEROES request
 * @q: queue
 * @sector: first sector; the caller has checked the capacity
 * @sectors: number of sectors
 * @unmap: the space may be deallocated
 *
 * Return a status.
 */
uint8_t vdev_zoned_zero(const struct vdev_queue *q, uint64_t sector, uint32_t sectors, bool unmap)
{
	uint8_t status;

	pthread_mutex_lock(&lock);
	status = vdev_zones_write(&zones, sector, sectors);
	if (!status)
		status = vdev_status(vdev_store_zero(&vdev_store, sector * VDEV_SECTOR_BYTES,
						     (uint64_t)sectors * VDEV_SECTOR_BYTES, unmap,
						     !q->writeback));
	if (!status)
		vdev_zones_written(&zones, sector, sectors);
	pthread_mutex_unlock(&lock);
	return status;
}

/**
 * vdev_zoned_erase - execute one range of a SECURE_ERASE request: erase and reset its zones
 * @q: queue
 * @sector: first sector; the caller has checked the capacity
 * @sectors: number of sectors
 *
 * Return a status.
 */
uint8_t vdev_zoned_erase(const struct vdev_queue *q, uint64_t sector, uint32_t sectors)
{
	uint64_t end = sector + sectors;
	uint8_t status = VIRTIO_BLK_S_OK;

	pthread_mutex_lock(&lock);
	while (sector < end && !status) {
		const struct vdev_zone *zone = vdev_zones_at(&zones, sector);

		if (zone->start != sector || zone->sectors > end - sector)
			status = VDEV_S_ZONE_INVALID_CMD;
		else if (zone->type == VDEV_ZT_SWR)
			status = vdev_zones_reset(&zones, sector);
		if (!status)
			status = vdev_status(vdev_store_zero(
				&vdev_store, sector * VDEV_SECTOR_BYTES,
				zone->sectors * VDEV_SECTOR_BYTES, true, !q->writeback));
		sector += zone->sectors;
	}
	pthread_mutex_unlock(&lock);
	return status;
}

/* ---- zone requests ---- */

static const char *name_of(uint32_t type)
{
	switch (type) {
	case VDEV_T_ZONE_APPEND:
		return "ZONE_APPEND";
	case VDEV_T_ZONE_REPORT:
		return "ZONE_REPORT";
	case VDEV_T_ZONE_OPEN:
		return "ZONE_OPEN";
	case VDEV_T_ZONE_CLOSE:
		return "ZONE_CLOSE";
	case VDEV_T_ZONE_FINISH:
		return "ZONE_FINISH";
	case VDEV_T_ZONE_RESET:
		return "ZONE_RESET";
	case VDEV_T_ZONE_RESET_ALL:
		return "ZONE_RESET_ALL";
	}
	return NULL;
}

static bool starts_zone(const struct vdev_queue *q, const char *what, uint64_t sector)
{
	const struct vdev_zone *zone = vdev_zones_at(&zones, sector);

	if (zone && zone->start == sector)
		return true;
	vdev_rule("REQ-7", "queue %u: %s at sector %llu, which is not the start of a zone",
		  q->index, what, (unsigned long long)sector);
	return false;
}

static uint8_t execute_append(const struct vdev_queue *q, struct vdev_chain *c, uint64_t sector,
			      const struct vdev_buffers *b, bool *in_filled)
{
	uint64_t at, bytes = b->out_bytes;
	__le64 append_sector;
	uint8_t status;

	if (b->in_bytes != sizeof(append_sector)) {
		vdev_rule(
			"REQ-7",
			"queue %u: ZONE_APPEND with %llu device-writable bytes for the sector, not 8",
			q->index, (unsigned long long)b->in_bytes);
		return VIRTIO_BLK_S_IOERR;
	}
	/* The buffer for the returned sector does not count as data. */
	c->data_descs -= b->nr_in;
	if (!vdev_segments_ok(q, c, "ZONE_APPEND", bytes))
		return VIRTIO_BLK_S_IOERR;
	if (vdev_opt.max_append_sectors &&
	    (bytes % vdev_opt.write_granularity_bytes ||
	     bytes / VDEV_SECTOR_BYTES > vdev_opt.max_append_sectors))
		vdev_rule(
			"REQ-7",
			"queue %u: ZONE_APPEND of %llu bytes, write_granularity is %u, max_append_sectors %u",
			q->index, (unsigned long long)bytes, vdev_opt.write_granularity_bytes,
			vdev_opt.max_append_sectors);
	starts_zone(q, "ZONE_APPEND", sector);
	pthread_mutex_lock(&lock);
	status = vdev_zones_append(&zones, sector, bytes / VDEV_SECTOR_BYTES, &at);
	if (!status)
		status = write_data(q, b, at);
	pthread_mutex_unlock(&lock);
	if (!status) {
		append_sector = htole64(at);
		vdev_fill(b->in, b->nr_in, &append_sector, sizeof(append_sector));
		*in_filled = true;
	}
	return status;
}

static uint8_t execute_report(const struct vdev_queue *q, uint64_t sector,
			      const struct vdev_buffers *b, bool *in_filled)
{
	struct reply {
		struct vdev_zone_report head;
		struct vdev_zone_descriptor desc[];
	} * r;
	uint64_t max = (b->in_bytes - sizeof(r->head)) / sizeof(*r->desc);
	uint32_t nr;

	if (b->in_bytes < sizeof(r->head) || !vdev_zones_at(&zones, sector)) {
		vdev_rule(
			"REQ-7",
			"queue %u: ZONE_REPORT of sector %llu into a buffer of %llu bytes: no such sector, or buffer too small",
			q->index, (unsigned long long)sector, (unsigned long long)b->in_bytes);
		return VDEV_S_ZONE_INVALID_CMD;
	}
	if (max > zones.nr)
		max = zones.nr;
	r = calloc(1, sizeof(*r) + (size_t)max * sizeof(*r->desc));
	if (!r)
		return VIRTIO_BLK_S_IOERR;
	pthread_mutex_lock(&lock);
	nr = vdev_zones_report(&zones, sector, r->desc, (uint32_t)max);
	pthread_mutex_unlock(&lock);
	r->head.nr_zones = htole64(nr);
	vdev_fill(b->in, b->nr_in, r, sizeof(*r) + nr * sizeof(*r->desc));
	*in_filled = true;
	free(r);
	return VIRTIO_BLK_S_OK;
}

static uint8_t execute_command(uint32_t type, uint64_t sector)
{
	switch (type) {
	case VDEV_T_ZONE_OPEN:
		return vdev_zones_open(&zones, sector);
	case VDEV_T_ZONE_CLOSE:
		return vdev_zones_close(&zones, sector);
	case VDEV_T_ZONE_FINISH:
		return vdev_zones_finish(&zones, sector);
	case VDEV_T_ZONE_RESET:
		return vdev_zones_reset(&zones, sector);
	default:
		vdev_zones_reset_all(&zones);
		return VIRTIO_BLK_S_OK;
	}
}

/**
 * vdev_zoned_execute - execute a zone request, or refuse a request of an unknown type
 * @q: queue
 * @c: chain
 * @type: type in the request header
 * @sector: sector in the request header
 * @b: data of the request; consumed
 * @in_filled: set to true if the device-writable data has been written
 *
 * Return a status.
 */
uint8_t vdev_zoned_execute(const struct vdev_queue *q, struct vdev_chain *c, uint32_t type,
			   uint64_t sector, const struct vdev_buffers *b, bool *in_filled)
{
	const char *name = name_of(type);
	uint8_t status;

	if (!name)
		return VIRTIO_BLK_S_UNSUPP;
	if (!vdev_negotiated(q, VDEV_F_ZONED)) {
		vdev_rule("FEAT-1", "queue %u: %s, but ZONED was not negotiated", q->index, name);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (type == VDEV_T_ZONE_REPORT)
		return execute_report(q, sector, b, in_filled);
	if (!vdev_write_allowed(q, name))
		return VIRTIO_BLK_S_IOERR;
	if (type == VDEV_T_ZONE_APPEND)
		return execute_append(q, c, sector, b, in_filled);
	if (b->out_bytes + b->in_bytes)
		vdev_rule("REQ-7", "queue %u: %s with %llu bytes of data", q->index, name,
			  (unsigned long long)(b->out_bytes + b->in_bytes));
	if (type != VDEV_T_ZONE_RESET_ALL)
		starts_zone(q, name, sector);
	else if (sector)
		vdev_rule("REQ-7", "queue %u: %s with sector %llu in its header, not 0", q->index,
			  name, (unsigned long long)sector);
	pthread_mutex_lock(&lock);
	status = execute_command(type, sector);
	pthread_mutex_unlock(&lock);
	return status;
}
