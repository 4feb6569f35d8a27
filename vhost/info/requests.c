// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vhost/blk/blk_status.h"
#include "vhost/info/json.h"
#include "vhost/info/requests.h"
#include "vhost/info/zones.h"
#include "virtq/base.h"

/* The kernel headers of the oldest supported systems do not define this request type. */
enum { BLK_T_GET_LIFETIME = 10 };

struct lifetime {
	__le16 pre_eol_info;
	__le16 device_lifetime_est_typ_a;
	__le16 device_lifetime_est_typ_b;
};

/* Poison for the data of a request: a device did not write a buffer that has only such bytes. */
#define DATA_POISON 0xa5

/* Maximum data length of a request. */
#define DATA_BYTES BLK_ZONE_REPORT_BYTES(INFO_ZONES_MAX)

/* Return true if the device did not write to the poisoned data. */
static bool is_unwritten(const unsigned char *data, uint32_t bytes)
{
	while (bytes && *data == DATA_POISON) {
		data++;
		bytes--;
	}
	return !bytes;
}

/**
 * info_request - send a request that reads information from the device
 * @query: query with a started session
 * @name: name of the request in the specification, for error messages
 * @type: request type
 * @sector: first sector, or 0 for requests without a position
 * @bytes: length of the data, which the device writes to @query->session.data
 * @unsupported: set to true if the device does not support the request; NULL = missing support is
 *	an error
 *
 * Returns 0; -EIO if the request failed; or another negative errno, after which the
 * session cannot be used. On failure, @query->error describes this failure or an earlier one.
 */
int info_request(struct info_query *query, const char *name, uint32_t type, uint64_t sector,
		 uint32_t bytes, bool *unsupported)
{
	struct blk_session *session = &query->session;
	bool zoned = blk_dev_has(query->dev, VIRTIO_BLK_F_ZONED);
	uint8_t status;
	char text[96];
	int ret;

	memset(session->data, DATA_POISON, bytes);
	ret = blk_session_request(session, type, sector, bytes, true, &status);
	if (ret)
		return error_keep(&query->error, ret, "%s: %s", name, query->dev->error.text);
	if (unsupported) {
		*unsupported = status == VIRTIO_BLK_S_UNSUPP;
		if (*unsupported)
			return 0;
	}
	if (!blk_status_error(status, zoned)) {
		if (!is_unwritten(session->data, bytes))
			return 0;
		return error_keep(&query->error, -EIO,
				  "%s: the device completed the request without writing any data",
				  name);
	}
	blk_status_describe(status, text, sizeof(text));
	return error_keep(&query->error, -EIO, "%s: %s", name, text);
}

/* Query the device ID, which has no terminating NUL if the ID is 20 bytes long. */
static int query_id(struct info_query *query)
{
	unsigned char id[VIRTIO_BLK_ID_BYTES];
	bool unsupported;
	int ret = info_request(query, "GET_ID", VIRTIO_BLK_T_GET_ID, 0, sizeof(id), &unsupported);

	if (ret)
		return ret;
	/* Copy the ID once, because the device may still change it. */
	memcpy(id, query->session.data, sizeof(id));
	info_put(query->facts, "id", unsupported ? json_null() : info_bytes(id, sizeof(id)));
	return 0;
}

/* Convert a lifetime estimate, which counts in steps of 10% (VIRTIO 1.3, 5.2.6). */
static json_t *estimate(uint16_t value)
{
	static const char *const words[] = {
		"not available",   "up to 10% used",  "10% to 20% used",  "20% to 30% used",
		"30% to 40% used", "40% to 50% used", "50% to 60% used",  "60% to 70% used",
		"70% to 80% used", "80% to 90% used", "90% to 100% used", "exceeded",
	};
	json_t *fact = json_object();

	info_put(fact, "value", info_number(value));
	info_put(fact, "meaning",
		 json_string(value < ARRAY_SIZE(words) ? words[value] : "reserved"));
	return fact;
}

static json_t *pre_eol_info(uint16_t value)
{
	static const char *const words[] = {
		"not available",
		"less than 80% of reserved blocks consumed",
		"80% of reserved blocks consumed",
		"90% of reserved blocks consumed",
	};
	json_t *fact = json_object();

	info_put(fact, "value", info_number(value));
	info_put(fact, "meaning",
		 json_string(value < ARRAY_SIZE(words) ? words[value] : "reserved"));
	return fact;
}

static int query_lifetime(struct info_query *query)
{
	struct lifetime life;
	json_t *facts;
	int ret;

	if (!blk_dev_has(query->dev, VIRTIO_BLK_F_LIFETIME)) {
		info_put(query->facts, "lifetime", json_null());
		return 0;
	}
	ret = info_request(query, "GET_LIFETIME", BLK_T_GET_LIFETIME, 0, sizeof(life), NULL);
	if (ret)
		return ret;
	memcpy(&life, query->session.data, sizeof(life));
	facts = json_object();
	info_put(facts, "pre_eol_info", pre_eol_info(le16toh(life.pre_eol_info)));
	info_put(facts, "device_lifetime_est_typ_a",
		 estimate(le16toh(life.device_lifetime_est_typ_a)));
	info_put(facts, "device_lifetime_est_typ_b",
		 estimate(le16toh(life.device_lifetime_est_typ_b)));
	info_put(query->facts, "lifetime", facts);
	return 0;
}

/* Send all queries. After an error status (-EIO) the next query follows; other errors end the
 * session. */
static void query_all(struct info_query *query, bool list_zones)
{
	int ret = query_id(query);

	if (!ret || ret == -EIO)
		ret = query_lifetime(query);
	if (!ret || ret == -EIO)
		info_query_zones(query, list_zones);
}

/**
 * info_query_device - query the facts that need requests, and close the device
 * @query: filled in
 * @dev: device, opened; closed when the function returns
 * @facts: the members "id" and "lifetime" are added and, for a zoned device, members of "zones"; a
 *	member is missing if its query failed
 * @timeout_ms: longest wait for each answer, in milliseconds
 * @list_zones: list every zone in addition to the counts of zones
 *
 * On failure there is a message in @query->error; otherwise the message is empty.
 */
void info_query_device(struct info_query *query, struct blk_dev *dev, json_t *facts,
		       unsigned int timeout_ms, bool list_zones)
{
	size_t bytes = dev->size_max < DATA_BYTES ? dev->size_max : DATA_BYTES;
	int ret;

	*query = (struct info_query){ .dev = dev, .facts = facts, .timeout_ms = timeout_ms };
	if (blk_session_start(&query->session, dev, bytes, timeout_ms)) {
		query->error = dev->error;
		return;
	}
	query_all(query, list_zones);
	ret = blk_session_stop(&query->session);
	if (ret)
		error_keep(&query->error, ret, "%s", dev->error.text);
}
