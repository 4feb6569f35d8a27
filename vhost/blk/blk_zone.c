// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "vhost/blk/blk_dev.h"
#include "vhost/blk/blk_request.h"
#include "vhost/blk/blk_zone.h"

/**
 * blk_zone_model_name - a zoned model for people
 * @model: model
 */
const char *blk_zone_model_name(enum blk_zone_model model)
{
	switch (model) {
	case BLK_ZONE_MODEL_HOST_MANAGED:
		return "host-managed";
	case BLK_ZONE_MODEL_HOST_AWARE:
		return "host-aware";
	default:
		return "none";
	}
}

static bool kind_fits_state(unsigned int kind, unsigned int state)
{
	switch (kind) {
	case BLK_ZONE_CONVENTIONAL:
		/* Hardware may take any zone out of use. */
		return state == BLK_ZONE_NOT_WP || state == BLK_ZONE_READ_ONLY ||
		       state == BLK_ZONE_OFFLINE;
	case BLK_ZONE_SEQUENTIAL_REQUIRED:
	case BLK_ZONE_SEQUENTIAL_PREFERRED:
		return (state >= BLK_ZONE_EMPTY && state <= BLK_ZONE_CLOSED) ||
		       (state >= BLK_ZONE_READ_ONLY && state <= BLK_ZONE_OFFLINE);
	default:
		return false;
	}
}

/* The write pointer as the specification defines it; it is undefined in some states. */
static uint64_t write_pointer(const struct blk_zone *zone, uint64_t reported)
{
	switch (zone->state) {
	case BLK_ZONE_NOT_WP:
		return zone->start_bytes;
	case BLK_ZONE_READ_ONLY:
	case BLK_ZONE_FULL:
	case BLK_ZONE_OFFLINE:
		return zone->start_bytes + zone->capacity_bytes;
	default:
		return reported;
	}
}

/* One descriptor, which was read once and is a copy; false if it can't be. */
static bool read_descriptor(const struct blk_zoned *zoned, uint64_t capacity_bytes,
			    uint64_t start_bytes, const struct blk_zone_descriptor *desc,
			    struct blk_zone *zone)
{
	uint64_t left = capacity_bytes - start_bytes, cap = le64toh(desc->z_cap);
	uint64_t start = start_bytes / BLK_SECTOR_BYTES, wp = le64toh(desc->z_wp);

	zone->start_bytes = start_bytes;
	zone->bytes = left < zoned->zone_bytes ? left : zoned->zone_bytes;
	if (le64toh(desc->z_start) != start || !cap || cap > zone->bytes / BLK_SECTOR_BYTES ||
	    !kind_fits_state(desc->z_type, desc->z_state))
		return false;
	zone->capacity_bytes = cap * BLK_SECTOR_BYTES;
	zone->kind = desc->z_type;
	zone->state = desc->z_state;
	/* Where it counts it is within the zone, and at its start exactly when that is empty. */
	if (zone->state >= BLK_ZONE_EMPTY && zone->state <= BLK_ZONE_CLOSED &&
	    (wp < start || wp > start + cap || (zone->state == BLK_ZONE_EMPTY && wp != start)))
		return false;
	zone->wp_bytes = write_pointer(zone, wp * BLK_SECTOR_BYTES);
	return true;
}

/**
 * blk_zone_read_report - check what a device reported of its zones
 * @dev: device
 * @offset_bytes: where the report was to begin: anywhere in the first zone
 * @report: memory the device wrote; it may still be writing
 * @bytes: its length, that of a header at least
 * @zones: filled in
 * @max: most zones to fill in
 * @error: why it is no report; not @dev's, which is the keeper's once the device runs
 *
 * Zones follow each other without gaps, from the one that holds @offset_bytes on. VIRTIO 1.3, 5.2.6
 * (REQ-7). Returns how many there are, or -EPROTO.
 */
int blk_zone_read_report(const struct blk_dev *dev, uint64_t offset_bytes, const void *report,
			 size_t bytes, struct blk_zone *zones, unsigned int max,
			 struct error *error)
{
	const struct blk_zoned *zoned = &dev->zoned;
	uint64_t start = offset_bytes - offset_bytes % zoned->zone_bytes;
	size_t room = (bytes - sizeof(struct blk_zone_report)) / sizeof(struct blk_zone_descriptor);
	struct blk_zone_report head;
	unsigned int n;

	memcpy(&head, report, sizeof(head));
	if (le64toh(head.nr_zones) > room)
		return error_set(error, -EPROTO,
				 "zone report says it has %llu zones, where there is room for %zu",
				 (unsigned long long)le64toh(head.nr_zones), room);
	for (n = 0; n < max && n < le64toh(head.nr_zones) && start < dev->capacity_bytes; n++) {
		struct blk_zone_descriptor desc;

		memcpy(&desc,
		       (const unsigned char *)report + sizeof(head) + (size_t)n * sizeof(desc),
		       sizeof(desc));
		if (!read_descriptor(zoned, dev->capacity_bytes, start, &desc, &zones[n]))
			return error_set(
				error, -EPROTO,
				"zone report has a zone that cannot be: start %llu, capacity %llu, write pointer %llu, type %u, state %u where zone %llu is due",
				(unsigned long long)le64toh(desc.z_start),
				(unsigned long long)le64toh(desc.z_cap),
				(unsigned long long)le64toh(desc.z_wp), desc.z_type, desc.z_state,
				(unsigned long long)(start / zoned->zone_bytes));
		start += zones[n].bytes;
	}
	return (int)n;
}
