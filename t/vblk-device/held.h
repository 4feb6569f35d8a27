/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that were fetched and wait for their completion, because of an order or --delay-us
 */
#ifndef VBLK_DEVICE_HELD_H
#define VBLK_DEVICE_HELD_H

#include "t/vblk-device/vblk-device.h"
#include "t/vblk-device/orders.h"

/**
 * struct vblk_held - a request that is held; the queue's worker owns it
 * @next: in the queue's list, oldest first
 * @chain: the request; not executed yet
 * @fault: what is to be done to it
 * @nr: its number among the queue's requests
 * @due_ns: CLOCK_MONOTONIC time at which it is completed, UINT64_MAX for never
 * @clears: vblk_orders_clears when it was held
 * @entry: where the inflight region notes it
 */
struct vblk_held {
	struct vblk_held *next;
	struct vblk_chain chain;
	struct vblk_fault fault;
	uint64_t nr;
	uint64_t due_ns;
	unsigned int clears;
	uint16_t entry;
	struct iovec iov[];
};

uint64_t vblk_held_delay_us(void);
int vblk_held_add(struct vblk_queue *q, const struct vblk_fault *fault, uint64_t nr,
		  uint16_t entry);
struct vblk_held *vblk_held_take(struct vblk_queue *q);
int64_t vblk_held_wait_ns(const struct vblk_queue *q);
void vblk_held_forget(struct vblk_queue *q);

#endif
