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

/* Newer than the kernel headers of the oldest systems this builds on. */
enum { BLK_T_GET_LIFETIME = 10 };

struct lifetime {
	__le16 pre_eol_info;
	__le16 device_lifetime_est_typ_a;
	__le16 device_lifetime_est_typ_b;
};

/* No answer that means something has only these. */
#define UNTOUCHED 0xa5

/* Most data of a request. */
#define DATA_BYTES BLK_ZONE_REPORT_BYTES(INFO_ZONES_MAX)

/* What a device says it wrote, and did not, is no answer. */
static bool untouched(const unsigned char *data, uint32_t bytes)
{
	while (bytes && *data == UNTOUCHED) {
		data++;
		bytes--;
	}
	return !bytes;
}

/**
 * info_request - ask the device something
 * @query: device, session started
 * @name: what the specification calls the request
 * @type: its type
 * @sector: its place, or 0
 * @bytes: length of the answer, which will be in @query->session.data
 * @unsupported: set to whether the device does not do it; NULL = it has to
 *
 * Returns 0; -EIO: it answered with an error; else a negative errno with which the session is of no
 * more use. @query->error says what went wrong, if nothing did before.
 */
int info_request(struct info_query *query, const char *name, uint32_t type, uint64_t sector,
		 uint32_t bytes, bool *unsupported)
{
	struct blk_session *session = &query->session;
	bool zoned = blk_dev_has(query->dev, VIRTIO_BLK_F_ZONED);
	uint8_t status;
	char text[96];
	int ret;

	memset(session->data, UNTOUCHED, bytes);
	ret = blk_session_request(session, type, sector, bytes, true, &status);
	if (ret)
		return error_keep(&query->error, ret, "%s: %s", name, query->dev->error.text);
	if (unsupported) {
		*unsupported = status == VIRTIO_BLK_S_UNSUPP;
		if (*unsupported)
			return 0;
	}
	if (!blk_status_error(status, zoned)) {
		if (!untouched(session->data, bytes))
			return 0;
		return error_keep(&query->error, -EIO,
				  "%s: the device completed the request and transferred nothing",
				  name);
	}
	blk_status_describe(status, text, sizeof(text));
	return error_keep(&query->error, -EIO, "%s: %s", name, text);
}

/* No terminating NUL where it has all of its 20 bytes. */
static int query_id(struct info_query *query)
{
	unsigned char id[VIRTIO_BLK_ID_BYTES];
	bool unsupported;
	int ret = info_request(query, "GET_ID", VIRTIO_BLK_T_GET_ID, 0, sizeof(id), &unsupported);

	if (ret)
		return ret;
	/* Once: it may still be writing. */
	memcpy(id, query->session.data, sizeof(id));
	info_put(query->facts, "id", unsupported ? json_null() : info_bytes(id, sizeof(id)));
	return 0;
}

/* VIRTIO 1.3, 5.2.6: the estimates are in steps of a tenth. */
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

/* One question after the other. An error status is the affair of one; what else goes wrong ends it.
 */
static void query_all(struct info_query *query, bool list_zones)
{
	int ret = query_id(query);

	if (!ret || ret == -EIO)
		ret = query_lifetime(query);
	if (!ret || ret == -EIO)
		info_query_zones(query, list_zones);
}

/**
 * info_query_device - ask a device what only requests tell, and end the connection in order
 * @query: filled in
 * @dev: device, opened; closed afterwards
 * @facts: "id", "lifetime" and, for a zoned device, what its reports say are added; what could not
 *	be found out is missing
 * @timeout_ms: longest wait for each answer
 * @list_zones: every zone by itself, too
 *
 * What went wrong, if anything, is in @query->error.
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
