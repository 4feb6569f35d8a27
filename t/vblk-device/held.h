/* SPDX-License-Identifier: GPL-2.0-only */
/* Fetched requests whose completion is delayed by a fault order (orders.h) or by --delay-us */
#ifndef T_VBLK_DEVICE_HELD_H
#define T_VBLK_DEVICE_HELD_H

#include "t/vblk-device/vblk-device.h"
#include "t/vblk-device/orders.h"

/**
 * struct vdev_held - a held request; owned by the worker of its queue
 * @next: next request in the list of the queue, which starts with the oldest
 * @chain: descriptor chain of the request, which has not been executed yet
 * @fault: what the orders require for the request
 * @nr: number of the request in its queue, from 0
 * @due_ns: CLOCK_MONOTONIC time at which the request is completed, UINT64_MAX for never
 * @clears: value of vdev_orders_clears when the request was held
 * @entry: entry of the request in the inflight region
 * @iov: buffers of @chain
 */
struct vdev_held {
	struct vdev_held *next;
	struct vdev_chain chain;
	struct vdev_fault fault;
	uint64_t nr;
	uint64_t due_ns;
	unsigned int clears;
	uint16_t entry;
	struct iovec iov[];
};

uint64_t vdev_held_delay_us(void);
int vdev_held_add(struct vdev_queue *q, const struct vdev_fault *fault, uint64_t nr,
		  uint16_t entry);
struct vdev_held *vdev_held_take(struct vdev_queue *q);
int64_t vdev_held_wait_ns(const struct vdev_queue *q);
void vdev_held_forget(struct vdev_queue *q);

#endif
