/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault orders: what the device shall do wrong, to which of the requests to come
 */
#ifndef VBLK_DEVICE_ORDERS_H
#define VBLK_DEVICE_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#define US_PER_MS 1000u

struct vblk_chain;

/* When a request is completed. */
enum vblk_hold {
	VBLK_HOLD_NOT,
	VBLK_HOLD_DELAY,   /* a time later */
	VBLK_HOLD_REORDER, /* after a later one */
	VBLK_HOLD_DROP,	   /* never */
};

/* What is done to it then. */
enum vblk_twist {
	VBLK_TWIST_NOT,
	VBLK_TWIST_FAIL,      /* a status, and nothing transferred */
	VBLK_TWIST_NO_STATUS, /* everything but the status */
	VBLK_TWIST_NO_DATA,   /* success, and nothing transferred */
};

/**
 * struct vblk_fault - what the orders say about one request
 * @hold: when it is completed
 * @twist: what is done to it
 * @status: for VBLK_TWIST_FAIL
 * @delay_us: for VBLK_HOLD_DELAY, microseconds
 * @die: the device ends here
 */
struct vblk_fault {
	enum vblk_hold hold;
	enum vblk_twist twist;
	uint8_t status;
	bool die;
	uint64_t delay_us;
};

/* Orders that still count requests; while there are none, no request is looked at. */
extern unsigned int vblk_orders_pending;
/* How often "clear" was said. */
extern unsigned int vblk_orders_clears;

int vblk_orders_add(const char *text);
void vblk_orders_match(const struct vblk_chain *c, struct vblk_fault *fault);
int vblk_orders_listen(const char *path);

#endif
