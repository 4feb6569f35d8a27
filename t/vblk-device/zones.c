/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The zones of a host-managed device: their states and write pointers (VIRTIO 1.3, 5.2.6)
 *
 * Where the specification leaves room:
 * - A range that breaks two rules gets INVALID_CMD if it leaves the zone or its capacity, wherever
 *   the write pointer is, and UNALIGNED_WP otherwise.
 * - FINISH takes open, closed and full zones. A driver cannot know that the device has closed a
 * zone of its own accord, so a closed one must not be treated otherwise than an open one; no
 * transition leads from empty to full, so that is INVALID_CMD, as is CLOSE of a zone never opened.
 * - The zone that has been open implicitly for the longest time is closed for another.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_blk.h>
#include <stdlib.h>
#include <string.h>

#include "t/vblk-device/zones.h"

/**
 * vdev_zones_init - make zones, all empty
 * @z: zones
 * @layout: what they are like
 *
 * Returns 0 or -ENOMEM.
 */
int vdev_zones_init(struct vdev_zones *z, const struct vdev_zones_layout *layout)
{
	*z = (struct vdev_zones){ .layout = *layout };
	z->nr = (uint32_t)((layout->capacity_sectors + layout->zone_sectors - 1) /
			   layout->zone_sectors);
	z->zone = calloc(z->nr, sizeof(*z->zone));
	if (!z->zone)
		return -ENOMEM;
	for (uint32_t i = 0; i < z->nr; i++) {
		struct vdev_zone *zone = &z->zone[i];
		bool conventional = i < layout->nr_conventional;

		zone->start = (uint64_t)i * layout->zone_sectors;
		zone->sectors = layout->zone_sectors;
		if (zone->sectors > layout->capacity_sectors - zone->start)
			zone->sectors = layout->capacity_sectors - zone->start;
		zone->capacity = conventional ? zone->sectors : layout->zone_capacity_sectors;
		if (zone->capacity > zone->sectors)
			zone->capacity = zone->sectors;
		zone->wp = zone->written = zone->start;
		zone->type = conventional ? VDEV_ZT_CONV : VDEV_ZT_SWR;
		zone->state = conventional ? VDEV_ZS_NOT_WP : VDEV_ZS_EMPTY;
	}
	return 0;
}

/** vdev_zones_free - and nothing is left of them */
void vdev_zones_free(struct vdev_zones *z)
{
	free(z->zone);
	*z = (struct vdev_zones){ 0 };
}

/**
 * vdev_zones_at - the zone that holds a sector
 * @z: zones
 * @sector: the sector
 *
 * Returns NULL if it lies behind the last zone.
 */
struct vdev_zone *vdev_zones_at(const struct vdev_zones *z, uint64_t sector)
{
	return sector < z->layout.capacity_sectors ? &z->zone[sector / z->layout.zone_sectors]
						   : NULL;
}

/* The sequential zone that starts at a sector. */
static struct vdev_zone *sequential(const struct vdev_zones *z, uint64_t zone_sector)
{
	struct vdev_zone *zone = vdev_zones_at(z, zone_sector);

	return zone && zone->start == zone_sector && zone->type == VDEV_ZT_SWR ? zone : NULL;
}

/* ---- states ---- */

static bool is_open(enum vdev_zone_state s)
{
	return s == VDEV_ZS_IOPEN || s == VDEV_ZS_EOPEN;
}

static bool is_active(enum vdev_zone_state s)
{
	return is_open(s) || s == VDEV_ZS_CLOSED;
}

static bool is_writable(enum vdev_zone_state s)
{
	return is_active(s) || s == VDEV_ZS_EMPTY;
}

/* The only way a state changes, so that the resources always add up. */
static void set_state(struct vdev_zones *z, struct vdev_zone *zone, enum vdev_zone_state to)
{
	z->nr_open += (uint32_t)is_open(to) - (uint32_t)is_open(zone->state);
	z->nr_active += (uint32_t)is_active(to) - (uint32_t)is_active(zone->state);
	if (to == VDEV_ZS_IOPEN && zone->state != to)
		zone->opened = ++z->clock;
	zone->state = to;
}

static void close_zone(struct vdev_zones *z, struct vdev_zone *zone)
{
	set_state(z, zone, zone->wp == zone->start ? VDEV_ZS_EMPTY : VDEV_ZS_CLOSED);
}

static void empty(struct vdev_zones *z, struct vdev_zone *zone)
{
	set_state(z, zone, VDEV_ZS_EMPTY);
	zone->wp = zone->written = zone->start;
}

/* Close a zone that the driver did not open itself; false: there is none. */
static bool close_implicitly(struct vdev_zones *z)
{
	struct vdev_zone *oldest = NULL;

	for (uint32_t i = 0; i < z->nr; i++)
		if (z->zone[i].state == VDEV_ZS_IOPEN &&
		    (!oldest || z->zone[i].opened < oldest->opened))
			oldest = &z->zone[i];
	if (oldest)
		close_zone(z, oldest);
	return oldest;
}

static uint8_t open_zone(struct vdev_zones *z, struct vdev_zone *zone, enum vdev_zone_state to)
{
	const struct vdev_zones_layout *l = &z->layout;

	/* Of two limits reached, it is the active one that is named. */
	if (!is_active(zone->state) && l->max_active && z->nr_active >= l->max_active)
		return VDEV_S_ZONE_ACTIVE_RESOURCE;
	if (!is_open(zone->state) && l->max_open && z->nr_open >= l->max_open &&
	    !close_implicitly(z))
		return VDEV_S_ZONE_OPEN_RESOURCE;
	set_state(z, zone, to);
	return VIRTIO_BLK_S_OK;
}

/* ---- reads and writes ---- */

/**
 * vdev_zones_read - may a range be read?
 * @z: zones
 * @sector: first sector
 * @sectors: how many; the caller has checked the capacity
 *
 * Returns a status. What lies behind a zone's @written reads as zeros.
 */
uint8_t vdev_zones_read(const struct vdev_zones *z, uint64_t sector, uint64_t sectors)
{
	const struct vdev_zone *zone = vdev_zones_at(z, sector), *last;

	if (!sectors)
		return VIRTIO_BLK_S_OK;
	last = vdev_zones_at(z, sector + sectors - 1);
	/* Conventional zones are one plain stretch, and stand in front of the others. */
	if (zone != last && last->type == VDEV_ZT_SWR)
		return VDEV_S_ZONE_INVALID_CMD;
	return last->state == VDEV_ZS_OFFLINE ? VDEV_S_ZONE_INVALID_CMD : VIRTIO_BLK_S_OK;
}

/**
 * vdev_zones_write - may a range be written? Opens its zone if so
 * @z: zones
 * @sector: first sector
 * @sectors: how many; the caller has checked the capacity
 *
 * Returns a status. With VIRTIO_BLK_S_OK the caller writes the data and then says
 * vdev_zones_written().
 */
uint8_t vdev_zones_write(struct vdev_zones *z, uint64_t sector, uint64_t sectors)
{
	uint8_t status = vdev_zones_read(z, sector, sectors);
	struct vdev_zone *zone = vdev_zones_at(z, sector);

	if (status || !sectors || zone->type == VDEV_ZT_CONV)
		return status;
	if (!is_writable(zone->state) || sector + sectors > zone->start + zone->capacity)
		return VDEV_S_ZONE_INVALID_CMD;
	if (sector != zone->wp || (sector + sectors) % z->layout.write_granularity_sectors)
		return VDEV_S_ZONE_UNALIGNED_WP;
	return is_open(zone->state) ? VIRTIO_BLK_S_OK : open_zone(z, zone, VDEV_ZS_IOPEN);
}

/**
 * vdev_zones_written - a range has been written: move the write pointer
 * @z: zones
 * @sector: as vdev_zones_write() got it
 * @sectors: as vdev_zones_write() got it
 */
void vdev_zones_written(struct vdev_zones *z, uint64_t sector, uint64_t sectors)
{
	struct vdev_zone *zone = vdev_zones_at(z, sector);

	if (!sectors || zone->type == VDEV_ZT_CONV)
		return;
	zone->wp = zone->written = sector + sectors;
	if (zone->wp == zone->start + zone->capacity)
		set_state(z, zone, VDEV_ZS_FULL);
}

/**
 * vdev_zones_append - may so much be appended to a zone? Opens it if so
 * @z: zones
 * @zone_sector: first sector of the zone
 * @sectors: how many
 * @append_sector: set to where they go
 *
 * Returns a status. With VIRTIO_BLK_S_OK the caller writes the data and then says
 * vdev_zones_written() of @append_sector.
 */
uint8_t vdev_zones_append(struct vdev_zones *z, uint64_t zone_sector, uint64_t sectors,
			  uint64_t *append_sector)
{
	struct vdev_zone *zone = sequential(z, zone_sector);

	if (!z->layout.max_append_sectors)
		return VIRTIO_BLK_S_UNSUPP;
	if (!zone || sectors > z->layout.max_append_sectors || !is_writable(zone->state) ||
	    sectors > zone->start + zone->capacity - zone->wp)
		return VDEV_S_ZONE_INVALID_CMD;
	*append_sector = zone->wp;
	return vdev_zones_write(z, zone->wp, sectors);
}

/* ---- management ---- */

/**
 * vdev_zones_open - ZONE_OPEN
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Returns a status.
 */
uint8_t vdev_zones_open(struct vdev_zones *z, uint64_t zone_sector)
{
	struct vdev_zone *zone = sequential(z, zone_sector);

	if (!zone || !is_writable(zone->state))
		return VDEV_S_ZONE_INVALID_CMD;
	return open_zone(z, zone, VDEV_ZS_EOPEN);
}

/**
 * vdev_zones_close - ZONE_CLOSE
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Returns a status.
 */
uint8_t vdev_zones_close(struct vdev_zones *z, uint64_t zone_sector)
{
	struct vdev_zone *zone = sequential(z, zone_sector);

	if (!zone || !is_active(zone->state))
		return VDEV_S_ZONE_INVALID_CMD;
	close_zone(z, zone);
	return VIRTIO_BLK_S_OK;
}

/**
 * vdev_zones_finish - ZONE_FINISH
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Returns a status.
 */
uint8_t vdev_zones_finish(struct vdev_zones *z, uint64_t zone_sector)
{
	struct vdev_zone *zone = sequential(z, zone_sector);

	if (!zone || !(is_active(zone->state) || zone->state == VDEV_ZS_FULL))
		return VDEV_S_ZONE_INVALID_CMD;
	set_state(z, zone, VDEV_ZS_FULL);
	return VIRTIO_BLK_S_OK;
}

/**
 * vdev_zones_reset - ZONE_RESET
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Returns a status.
 */
uint8_t vdev_zones_reset(struct vdev_zones *z, uint64_t zone_sector)
{
	struct vdev_zone *zone = sequential(z, zone_sector);

	if (!zone || !(is_writable(zone->state) || zone->state == VDEV_ZS_FULL))
		return VDEV_S_ZONE_INVALID_CMD;
	empty(z, zone);
	return VIRTIO_BLK_S_OK;
}

/**
 * vdev_zones_reset_all - ZONE_RESET_ALL: every zone that can be
 * @z: zones
 */
void vdev_zones_reset_all(struct vdev_zones *z)
{
	for (uint32_t i = z->layout.nr_conventional; i < z->nr; i++)
		vdev_zones_reset(z, z->zone[i].start);
}

/**
 * vdev_zones_break - the hardware fails: a zone can no longer be written, or not even read
 * @z: zones
 * @nr: the zone's number
 * @state: VDEV_ZS_RDONLY or VDEV_ZS_OFFLINE
 *
 * Returns 0, or -EINVAL if there is no such sequential zone, or it is offline for ever.
 */
int vdev_zones_break(struct vdev_zones *z, uint64_t nr, enum vdev_zone_state state)
{
	if (nr >= z->nr || z->zone[nr].type != VDEV_ZT_SWR ||
	    (z->zone[nr].state == VDEV_ZS_OFFLINE && state != VDEV_ZS_OFFLINE))
		return -EINVAL;
	set_state(z, &z->zone[nr], state);
	return 0;
}

/**
 * vdev_zones_report - describe zones
 * @z: zones
 * @sector: a sector of the first one to describe
 * @desc: where to
 * @max: how many at most
 *
 * Returns how many there were. A write pointer that means nothing in its zone's state is the
 * zone's end.
 */
uint32_t vdev_zones_report(const struct vdev_zones *z, uint64_t sector,
			   struct vdev_zone_descriptor *desc, uint32_t max)
{
	const struct vdev_zone *zone = vdev_zones_at(z, sector);
	uint32_t n = 0;

	for (; zone && zone < z->zone + z->nr && n < max; zone++, n++) {
		bool wp = zone->type == VDEV_ZT_SWR && is_writable(zone->state);

		memset(&desc[n], 0, sizeof(desc[n]));
		desc[n].z_cap = htole64(zone->capacity);
		desc[n].z_start = htole64(zone->start);
		desc[n].z_wp = htole64(wp ? zone->wp : zone->start + zone->sectors);
		desc[n].z_type = zone->type;
		desc[n].z_state = zone->state;
	}
	return n;
}
