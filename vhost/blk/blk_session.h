/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: a started device with one queue and one request at a time. It is for callers that
 * query a device and transfer little data.
 */
#ifndef VHOST_BLK_BLK_SESSION_H
#define VHOST_BLK_BLK_SESSION_H

#include "vhost/transport/arena.h"
#include "vhost/blk/blk_dev.h"
#include "virtq/virtq.h"

/**
 * struct blk_session - a started device and its only queue
 * @dev: device
 * @arena: memory shared with the device
 * @vq: queue
 * @state: memory of the driver for @vq, not shared with the device
 * @data: memory in @arena for the data of a request
 * @data_bytes: length of @data
 * @queue: description of the queue for the transport
 * @timeout_ms: longest wait for a request, in milliseconds
 */
struct blk_session {
	struct blk_dev *dev;
	struct arena arena;
	struct virtq vq;
	void *state;
	unsigned char *data;
	size_t data_bytes;
	struct transport_queue queue;
	unsigned int timeout_ms;
};

int blk_session_start(struct blk_session *session, struct blk_dev *dev, size_t data_bytes,
		      unsigned int timeout_ms);
int blk_session_request(struct blk_session *session, uint32_t type, uint64_t sector, uint32_t bytes,
			bool device_writes, uint8_t *status);
int blk_session_stop(struct blk_session *session);

#endif
