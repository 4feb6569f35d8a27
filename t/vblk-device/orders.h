/* SPDX-License-Identifier: GPL-2.0-only */
/* Fault orders: faults that the device commits at chosen future requests */
#ifndef T_VBLK_DEVICE_ORDERS_H
#define T_VBLK_DEVICE_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#define US_PER_MS 1000u

struct vdev_chain;

/* When a request is completed, if not immediately. */
enum vdev_hold {
	VDEV_HOLD_NOT,
	VDEV_HOLD_DELAY,   /* after a delay */
	VDEV_HOLD_REORDER, /* after a later request */
	VDEV_HOLD_DROP,	   /* never */
};

/* What is wrong with the completion. */
enum vdev_defect {
	VDEV_DEFECT_NOT,
	VDEV_DEFECT_FAIL,      /* an error status, and no data transferred */
	VDEV_DEFECT_NO_STATUS, /* data transferred, but no status written */
	VDEV_DEFECT_NO_DATA,   /* success, but no data transferred */
};

/**
 * struct vdev_fault - what the orders require for one request
 * @hold: when the request is completed
 * @defect: what is wrong with its completion
 * @status: status of the request for VDEV_DEFECT_FAIL
 * @delay_us: delay for VDEV_HOLD_DELAY, in microseconds
 * @die: kill the device instead
 */
struct vdev_fault {
	enum vdev_hold hold;
	enum vdev_defect defect;
	uint8_t status;
	bool die;
	uint64_t delay_us;
};

/* Number of orders that still count requests. While it is 0, requests are not inspected. */
extern unsigned int vdev_orders_pending;
/* Number of "clear" orders so far. */
extern unsigned int vdev_orders_clears;

int vdev_orders_add(const char *text);
void vdev_orders_match(const struct vdev_chain *c, struct vdev_fault *fault);
int vdev_orders_listen(const char *path);

#endif
