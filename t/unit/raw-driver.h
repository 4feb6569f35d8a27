/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A minimal driver for tests of t/vblk-device/vblk-device: it sends any request, valid or not, one
 * at a time, on its own split ring.
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
 * struct raw_queue - one queue; at most one request is outstanding
 * @desc: descriptor table, of which three entries are used: header, data, tail
 * @avail: driver area
 * @used: device area
 * @header: header of the request
 * @data: data buffer of RAW_DATA_BYTES
 * @tail: the bytes before the status, and the status byte
 * @kick_fd: available buffer notifications, written by this driver
 * @call_fd: used buffer notifications, written by the device; not read
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
 * struct raw_request - a request to submit
 * @type: request type in the header
 * @sector: sector in the header
 * @out_bytes: device-readable bytes of the data buffer
 * @in_bytes: device-writable bytes of the data buffer, if @out_bytes is 0
 * @tail_bytes: device-writable bytes between data and status
 */
struct raw_request {
	uint32_t type;
	uint64_t sector;
	uint32_t out_bytes;
	uint32_t in_bytes;
	uint32_t tail_bytes;
};

/**
 * struct raw_driver - a device process and the connection to it
 * @pid: process of the device
 * @path: path of the device's socket
 * @vu: connection to the device
 * @error: error message of the last call that failed
 * @offered: features that the device offers
 * @inflight_fd: memory of the inflight region, kept across connections; 0 = no region
 * @arena: memory shared with the device, kept across connections
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
