/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The zones of a host-managed device: their states and write pointers (VIRTIO 1.3, 5.2.6)
 *
 * Behaviour where the specification leaves a choice:
 * - A write beyond the capacity or the end of its zone fails with INVALID_CMD, even if it does not
 *   start at the write pointer either. All other writes that do not start at the write pointer fail
 *   with UNALIGNED_WP.
 * - FINISH is accepted for open, closed and full zones. The device may close an open zone without
 *   the driver's knowledge, so closed zones must be treated like open ones. There is no transition
 *   from empty to full, so FINISH of an empty zone fails with INVALID_CMD. CLOSE of an empty zone
 *   also fails with INVALID_CMD.
 * - If the limit of open zones is reached, the device closes the zone that was opened implicitly
 *   first.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_blk.h>
#include <stdlib.h>
#include <string.h>

#include "t/vblk-device/zones.h"

/**
 * vdev_zones_init - create zones, all empty
 * @z: zones
 * @layout: number, sizes and limits of the zones
 *
 * Return 0 or -ENOMEM.
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

/** vdev_zones_free - free the zones */
void vdev_zones_free(struct vdev_zones *z)
{
	free(z->zone);
	*z = (struct vdev_zones){ 0 };
}

/**
 * vdev_zones_at - return the zone that contains a sector
 * @z: zones
 * @sector: the sector
 *
 * Return NULL if the sector is beyond the last zone.
 */
struct vdev_zone *vdev_zones_at(const struct vdev_zones *z, uint64_t sector)
{
	return sector < z->layout.capacity_sectors ? &z->zone[sector / z->layout.zone_sectors]
						   : NULL;
}

/* Return the sequential zone that starts at a sector, or NULL. */
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

/*
 * Change the state of a zone. All changes go through this function, so that the numbers of open and
 * active zones stay correct.
 */
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

static void empty_zone(struct vdev_zones *z, struct vdev_zone *zone)
{
	set_state(z, zone, VDEV_ZS_EMPTY);
	zone->wp = zone->written = zone->start;
}

/* Close the zone that was opened implicitly first. Return false if no zone is implicitly open. */
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

	/* If both limits are reached, report the limit of active zones. */
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
 * vdev_zones_read - check that a range may be read
 * @z: zones
 * @sector: first sector
 * @sectors: number of sectors; the caller has checked the capacity
 *
 * The caller must return zeros for sectors beyond @written of their zone.
 *
 * Return a status.
 */
uint8_t vdev_zones_read(const struct vdev_zones *z, uint64_t sector, uint64_t sectors)
{
	const struct vdev_zone *zone = vdev_zones_at(z, sector), *last;

	if (!sectors)
		return VIRTIO_BLK_S_OK;
	last = vdev_zones_at(z, sector + sectors - 1);
	/*
	 * A range that crosses zones must not enter a sequential zone. Conventional zones come
	 * before all sequential zones, so it is enough to check the last zone.
	 */
	if (zone != last && last->type == VDEV_ZT_SWR)
		return VDEV_S_ZONE_INVALID_CMD;
	return last->state == VDEV_ZS_OFFLINE ? VDEV_S_ZONE_INVALID_CMD : VIRTIO_BLK_S_OK;
}

/**
 * vdev_zones_write - check that a range may be written, and open its zone
 * @z: zones
 * @sector: first sector
 * @sectors: number of sectors; the caller has checked the capacity
 *
 * Return a status. On VIRTIO_BLK_S_OK, the caller writes the data and then calls
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
 * vdev_zones_written - advance the write pointer after a range was written
 * @z: zones
 * @sector: first sector, as passed to vdev_zones_write()
 * @sectors: number of sectors, as passed to vdev_zones_write()
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
 * vdev_zones_append - check that data may be appended to a zone, and open the zone
 * @z: zones
 * @zone_sector: first sector of the zone
 * @sectors: number of sectors
 * @append_sector: set to the sector where the data goes
 *
 * Return a status. On VIRTIO_BLK_S_OK, the caller writes the data and then calls
 * vdev_zones_written() with @append_sector.
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
 * vdev_zones_open - execute ZONE_OPEN
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Return a status.
 */
uint8_t vdev_zones_open(struct vdev_zones *z, uint64_t zone_sector)
{
	struct vdev_zone *zone = sequential(z, zone_sector);

	if (!zone || !is_writable(zone->state))
		return VDEV_S_ZONE_INVALID_CMD;
	return open_zone(z, zone, VDEV_ZS_EOPEN);
}

/**
 * vdev_zones_close - execute ZONE_CLOSE
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Return a status.
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
 * vdev_zones_finish - execute ZONE_FINISH
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Return a status.
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
 * vdev_zones_reset - execute ZONE_RESET
 * @z: zones
 * @zone_sector: first sector of the zone
 *
 * Return a status.
 */
uint8_t vdev_zones_reset(struct vdev_zones *z, uint64_t zone_sector)
{
	struct vdev_zone *zone = sequential(z, zone_sector);

	if (!zone || !(is_writable(zone->state) || zone->state == VDEV_ZS_FULL))
		return VDEV_S_ZONE_INVALID_CMD;
	empty_zone(z, zone);
	return VIRTIO_BLK_S_OK;
}

/**
 * vdev_zones_reset_all - execute ZONE_RESET_ALL: reset all sequential zones that can be reset
 * @z: zones
 */
void vdev_zones_reset_all(struct vdev_zones *z)
{
	for (uint32_t i = z->layout.nr_conventional; i < z->nr; i++)
		vdev_zones_reset(z, z->zone[i].start);
}

/**
 * vdev_zones_break - make a zone read-only or offline, as if its hardware had failed
 * @z: zones
 * @nr: number of the zone
 * @state: VDEV_ZS_RDONLY or VDEV_ZS_OFFLINE
 *
 * Return 0, or -EINVAL if there is no such sequential zone, or if the zone is offline and cannot
 * become read-only.
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
 * vdev_zones_report - fill in zone descriptors
 * @z: zones
 * @sector: a sector of the first zone to describe
 * @desc: descriptors to fill in
 * @max: number of descriptors that @desc has room for
 *
 * If the state of a zone makes its write pointer invalid, the descriptor has the end of the zone.
 *
 * Return the number of descriptors filled in.
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
