/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault orders: what the device shall do wrong, to which of the requests to come
 */
#ifndef T_VBLK_DEVICE_ORDERS_H
#define T_VBLK_DEVICE_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#define US_PER_MS 1000u

struct vdev_chain;

/* When a request is completed. */
enum vdev_hold {
	VDEV_HOLD_NOT,
	VDEV_HOLD_DELAY,   /* a time later */
	VDEV_HOLD_REORDER, /* after a later one */
	VDEV_HOLD_DROP,	   /* never */
};

/* What is done to it then. */
enum vdev_twist {
	VDEV_TWIST_NOT,
	VDEV_TWIST_FAIL,      /* a status, and nothing transferred */
	VDEV_TWIST_NO_STATUS, /* everything but the status */
	VDEV_TWIST_NO_DATA,   /* success, and nothing transferred */
};

/**
 * struct vdev_fault - what the orders say about one request
 * @hold: when it is completed
 * @twist: what is done to it
 * @status: for VDEV_TWIST_FAIL
 * @delay_us: for VDEV_HOLD_DELAY, microseconds
 * @die: the device ends here
 */
struct vdev_fault {
	enum vdev_hold hold;
	enum vdev_twist twist;
	uint8_t status;
	bool die;
	uint64_t delay_us;
};

/* Orders that still count requests; while there are none, no request is looked at. */
extern unsigned int vdev_orders_pending;
/* How often "clear" was said. */
extern unsigned int vdev_orders_clears;

int vdev_orders_add(const char *text);
void vdev_orders_match(const struct vdev_chain *c, struct vdev_fault *fault);
int vdev_orders_listen(const char *path);

#endif
