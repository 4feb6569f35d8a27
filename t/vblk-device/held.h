/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that were fetched and wait for their completion, because of an order or --delay-us
 */
#ifndef T_VBLK_DEVICE_HELD_H
#define T_VBLK_DEVICE_HELD_H

#include "t/vblk-device/vblk-device.h"
#include "t/vblk-device/orders.h"

/**
 * struct vdev_held - a request that is held; the queue's worker owns it
 * @next: in the queue's list, oldest first
 * @chain: the request; not executed yet
 * @fault: what is to be done to it
 * @nr: its number among the queue's requests
 * @due_ns: CLOCK_MONOTONIC time at which it is completed, UINT64_MAX for never
 * @clears: vdev_orders_clears when it was held
 * @entry: where the inflight region notes it
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
