// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "vhost/info/json.h"
#include "vhost/info/zones.h"
#include "vhost/transport/clock.h"
#include "virtq/base.h"

/* Names of enum blk_zone_kind and of enum blk_zone_state. */
static const char *const kinds[] = {
	[BLK_ZONE_CONVENTIONAL] = "conventional",
	[BLK_ZONE_SEQUENTIAL_REQUIRED] = "sequential_write_required",
	[BLK_ZONE_SEQUENTIAL_PREFERRED] = "sequential_write_preferred",
};
static const char *const states[] = {
	[BLK_ZONE_NOT_WP] = "not_wp",
	[BLK_ZONE_EMPTY] = "empty",
	[BLK_ZONE_IMPLICITLY_OPEN] = "implicitly_open",
	[BLK_ZONE_EXPLICITLY_OPEN] = "explicitly_open",
	[BLK_ZONE_CLOSED] = "closed",
	[BLK_ZONE_READ_ONLY] = "read_only",
	[BLK_ZONE_FULL] = "full",
	[BLK_ZONE_OFFLINE] = "offline",
};
#define KINDS  ARRAY_SIZE(kinds)
#define STATES ARRAY_SIZE(states)

struct count {
	uint64_t kind[KINDS];
	uint64_t state[STATES];
};

/* Return an object with one count for each name. */
static json_t *counts_json(const char *const *names, const uint64_t *count, size_t n)
{
	json_t *facts = json_object();
	size_t i;

	for (i = 0; i < n; i++)
		if (names[i])
			info_put(facts, names[i], info_number(count[i]));
	return facts;
}

static json_t *zone_json(const struct blk_zone *zone)
{
	json_t *facts = json_object();

	info_put(facts, "type", json_string(kinds[zone->kind]));
	info_put(facts, "state", json_string(states[zone->state]));
	info_put(facts, "start_bytes", info_number(zone->start_bytes));
	info_put(facts, "bytes", info_number(zone->bytes));
	info_put(facts, "capacity_bytes", info_number(zone->capacity_bytes));
	info_put(facts, "write_pointer_bytes",
		 zone->state == BLK_ZONE_NOT_WP ? json_null() : info_number(zone->wp_bytes));
	return facts;
}

/*
 * Request one zone report that starts at *@offset. Count its zones in @count and append them to
 * @list, unless @list is NULL. Set *@offset to the end of the last zone in the report.
 */
static int query_report(struct info_query *query, uint64_t *offset, struct count *count,
			json_t *list)
{
	const struct blk_dev *dev = query->dev;
	uint32_t bytes = (uint32_t)BLK_ZONE_REPORT_BYTES(INFO_ZONES_MAX);
	struct blk_zone zones[INFO_ZONES_MAX];
	struct error error;
	int ret, i;

	if (bytes > query->session.data_bytes)
		bytes = (uint32_t)query->session.data_bytes;
	ret = info_request(query, "ZONE_REPORT", BLK_T_ZONE_REPORT, *offset / BLK_SECTOR_BYTES,
			   bytes, NULL);
	if (ret)
		return ret;
	ret = blk_zone_read_report(dev, *offset, query->session.data, bytes, zones, INFO_ZONES_MAX,
				   &error);
	if (!ret)
		return error_keep(&query->error, -EPROTO,
				  "zone report that starts at byte %llu has no zones",
				  (unsigned long long)*offset);
	if (ret < 0)
		return error_keep(&query->error, ret, "%s", error.text);
	for (i = 0; i < ret; i++) {
		count->kind[zones[i].kind]++;
		count->state[zones[i].state]++;
		if (list)
			info_append(list, zone_json(&zones[i]));
	}
	*offset = zones[ret - 1].start_bytes + zones[ret - 1].bytes;
	return 0;
}

/**
 * info_query_zones - query all zones of a device, if the device is zoned
 * @query: query with a started session
 * @list: list every zone in addition to the counts of zones
 *
 * Adds the members "types" and "states", and with @list also "list", to "zones" in @query->facts.
 * Adds no member if a report fails. A device can have so many zones that the reports take very
 * long, so @query->timeout_ms limits the time of all reports together. Returns 0, or a negative
 * errno. On failure, @query->error describes this failure or an earlier one.
 */
int info_query_zones(struct info_query *query, bool list)
{
	int64_t deadline = clock_now_ms() + query->timeout_ms;
	json_t *facts = json_object_get(query->facts, "zones");
	json_t *zones = list ? json_array() : NULL;
	const struct blk_dev *dev = query->dev;
	struct count count = { 0 };
	uint64_t offset = 0;
	int ret = 0;

	if (!json_is_object(facts)) {
		json_decref(zones);
		return 0;
	}
	while (!ret && offset < dev->capacity_bytes) {
		ret = query_report(query, &offset, &count, zones);
		if (!ret && offset < dev->capacity_bytes && clock_now_ms() >= deadline) {
			ret = error_keep(
				&query->error, -ETIMEDOUT,
				"device reported only %llu of %llu zones within %u ms (--timeout)",
				(unsigned long long)(offset / dev->zoned.zone_bytes),
				(unsigned long long)json_integer_value(
					json_object_get(facts, "count")),
				query->timeout_ms);
		}
	}
	if (ret) {
		json_decref(zones);
		return ret;
	}
	info_put(facts, "types", counts_json(kinds, count.kind, KINDS));
	info_put(facts, "states", counts_json(states, count.state, STATES));
	if (zones)
		info_put(facts, "list", zones);
	return 0;
}
