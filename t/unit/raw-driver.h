/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver for tests of t/vblk-device/vblk-device: says what it is told to, right or wrong, one
 * request at a time on a split ring of its own
 */
#ifndef T_UNIT_RAW_DRIVER_H
#define T_UNIT_RAW_DRIVER_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vhost/transport/arena.h"
#include "vhost/transport/vhost-user/vhost_user.h"

#define RAW_QUEUES     2u
#define RAW_DATA_BYTES (256u << 10)

/**
 * struct raw_queue - one queue; only one request is ever outstanding
 * @desc: three descriptors are used: header, data, tail
 * @avail: driver area
 * @used: device area
 * @header: the request's
 * @data: the request's, RAW_DATA_BYTES of room
 * @tail: what comes before the status, and the status
 * @kick_fd: for us to ring
 * @call_fd: for the device to ring; nobody looks
 */
struct raw_queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	unsigned char *header;
	unsigned char *data;
	unsigned char *tail;
	int kick_fd;
	int call_fd;
};

/**
 * struct raw_request - a request
 * @type: of the header
 * @sector: of the header
 * @out_bytes: device-readable bytes of the queue's data
 * @in_bytes: device-writable bytes of it, if there are no others
 * @tail_bytes: between data and status
 */
struct raw_request {
	uint32_t type;
	uint64_t sector;
	uint32_t out_bytes;
	uint32_t in_bytes;
	uint32_t tail_bytes;
};

/**
 * struct raw_driver - a device, and a connection to it
 * @pid: the device
 * @path: its socket
 * @vu: connection
 * @error: why one of its functions failed
 * @offered: the features it offers
 * @inflight_fd: what notes the requests in flight, beyond connections; 0 for nothing
 * @arena: memory shared with it; kept from one connection to the next if there are such notes
 * @queue: queues
 */
struct raw_driver {
	pid_t pid;
	char path[96];
	struct vhost_user vu;
	struct error error;
	uint64_t offered;
	int inflight_fd;
	struct arena arena;
	struct raw_queue queue[RAW_QUEUES];
};

void raw_device_start(struct raw_driver *d, const char *dir, const char *const *options);
int raw_device_stop(struct raw_driver *d);
void raw_device_await_death(struct raw_driver *d);
uint8_t raw_open(struct raw_driver *d, uint64_t features);
void raw_start(struct raw_driver *d);
void raw_hang_up(struct raw_driver *d);
void raw_close(struct raw_driver *d);
void raw_submit(struct raw_queue *q, const struct raw_request *r);
uint8_t raw_wait(struct raw_queue *q, const struct raw_request *r);
uint8_t raw_request(struct raw_queue *q, const struct raw_request *r);

#endif
