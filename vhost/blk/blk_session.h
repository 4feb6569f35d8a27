/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device with one queue and one request at a time: for those who have a question to ask rather
 * than data to move.
 */
#ifndef VHOST_BLK_BLK_SESSION_H
#define VHOST_BLK_BLK_SESSION_H

#include "vhost/transport/arena.h"
#include "vhost/blk/blk_dev.h"
#include "virtq/virtq.h"

/**
 * struct blk_session - a started device and its one queue
 * @dev: the device
 * @arena: memory shared with it
 * @vq: the queue
 * @state: the driver's own part of it
 * @data: memory for a request's data, within @arena
 * @data_bytes: length
 * @queue: the same as the device was told of it
 * @timeout_ms: longest wait for a request
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
