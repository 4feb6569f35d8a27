/* SPDX-License-Identifier: GPL-2.0-only */
/* Queries that need requests to the device: its ID, its lifetime and its zones. */
#ifndef VHOST_INFO_REQUESTS_H
#define VHOST_INFO_REQUESTS_H

#include <stdbool.h>

#include <jansson.h>

#include "vhost/blk/blk_dev.h"
#include "vhost/blk/blk_session.h"

/**
 * struct info_query - state of the queries to a device
 * @dev: device
 * @facts: JSON tree to which the answers are added
 * @session: started device with one queue
 * @timeout_ms: longest wait for each answer, in milliseconds
 * @error: message about the first failure
 */
struct info_query {
	struct blk_dev *dev;
	json_t *facts;
	struct blk_session session;
	unsigned int timeout_ms;
	struct error error;
};

int info_request(struct info_query *query, const char *name, uint32_t type, uint64_t sector,
		 uint32_t bytes, bool *unsupported);
void info_query_device(struct info_query *query, struct blk_dev *dev, json_t *facts,
		       unsigned int timeout_ms, bool list_zones);

#endif
