// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "vhost/blk/blk_dev.h"
#include "vhost/blk/blk_request.h"
#include "vhost/blk/blk_zone.h"

/**
 * blk_zone_model_name - get the name of a zoned model for messages
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

/* Return true if the specification allows zones of this type to be in this state. */
static bool kind_fits_state(unsigned int kind, unsigned int state)
{
	switch (kind) {
	case BLK_ZONE_CONVENTIONAL:
		/* The device may make any zone read-only or offline. */
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

/*
 * Return the write pointer of a zone in bytes: the reported value, or in the states in which the
 * reported value is undefined, the value that struct blk_zone describes.
 */
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

/*
 * Check a zone descriptor and convert it to @zone. @desc must be a copy that the device cannot
 * change. Return false if the descriptor is invalid.
 */
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
	/*
	 * In these states the write pointer must be within the capacity of the zone, and at the
	 * start of an empty zone.
	 */
	if (zone->state >= BLK_ZONE_EMPTY && zone->state <= BLK_ZONE_CLOSED &&
	    (wp < start || wp > start + cap || (zone->state == BLK_ZONE_EMPTY && wp != start)))
		return false;
	zone->wp_bytes = write_pointer(zone, wp * BLK_SECTOR_BYTES);
	return true;
}

/**
 * blk_zone_read_report - check and convert a zone report
 * @dev: device
 * @offset_bytes: offset that the report was requested for; any offset in the first zone
 * @report: the report, in memory that the device may still change
 * @bytes: length of @report, at least the length of a report header
 * @zones: filled in
 * @max: number of entries in @zones
 * @error: filled in if the report is invalid; the function does not use @dev->error, because
 *	@dev->error belongs to the keeper after the device was started
 *
 * Zones must follow each other without gaps, starting with the zone that contains @offset_bytes.
 * VIRTIO 1.3, 5.2.6 (REQ-7). Returns the number of zones in @zones, or -EPROTO.
 */
int blk_zone_read_report(const struct blk_dev *dev, uint64_t offset_bytes, const void *report,
			 size_t bytes, struct blk_zone *zones, unsigned int max,
			 struct error *error)
{
	const struct blk_zoned *zoned = &dev->zoned;
	uint64_t start = offset_bytes - offset_bytes % zoned->zone_bytes;
	size_t room = (bytes - sizeof(struct blk_zone_report)) / sizeof(struct blk_zone_descriptor);
	struct blk_zone_report header;
	unsigned int n;

	memcpy(&header, report, sizeof(header));
	if (le64toh(header.nr_zones) > room)
		return error_set(error, -EPROTO,
				 "zone report claims to have %llu zones, but has room for only %zu",
				 (unsigned long long)le64toh(header.nr_zones), room);
	for (n = 0; n < max && n < le64toh(header.nr_zones) && start < dev->capacity_bytes; n++) {
		struct blk_zone_descriptor desc;

		memcpy(&desc,
		       (const unsigned char *)report + sizeof(header) + (size_t)n * sizeof(desc),
		       sizeof(desc));
		if (!read_descriptor(zoned, dev->capacity_bytes, start, &desc, &zones[n]))
			return error_set(
				error, -EPROTO,
				"zone report has an invalid descriptor for zone %llu: start %llu, capacity %llu, write pointer %llu (in sectors), type %u, state %u",
				(unsigned long long)(start / zoned->zone_bytes),
				(unsigned long long)le64toh(desc.z_start),
				(unsigned long long)le64toh(desc.z_cap),
				(unsigned long long)le64toh(desc.z_wp), desc.z_type, desc.z_state);
		start += zones[n].bytes;
	}
	return (int)n;
}
