/* SPDX-License-Identifier: GPL-2.0-only */
/* How the keeper reconnects, in several steps, to a device whose back-end went away. */
#ifndef ENGINE_RECONNECT_H
#define ENGINE_RECONNECT_H

#include "engine/run.h"

/**
 * enum reconnect_stage - progress of an attempt to reconnect
 * @RECONNECT_OPEN: the next step is to open the device, and to compare it with its earlier state
 * @RECONNECT_OPENED: the device is open; the next step is to start it, after all running jobs have
 *	parked their queues
 * @RECONNECT_DONE: the device is running
 * @RECONNECT_REFUSED: the device differs from its earlier state, so the attempt has failed
 */
enum reconnect_stage {
	RECONNECT_OPEN,
	RECONNECT_OPENED,
	RECONNECT_DONE,
	RECONNECT_REFUSED,
};

/**
 * struct reconnect - an attempt to reconnect
 * @stage: progress of the attempt
 * @dev: the device on its new connection
 * @error: last error of a step, empty = no error
 * @why: reason why the device is lost for good
 */
struct reconnect {
	enum reconnect_stage stage;
	struct blk_dev dev;
	struct error error;
	char why[2 * ERROR_BYTES + 64];
};

void reconnect_step(struct reconnect *attempt, struct vblk_device *device, unsigned int left_ms);

#endif
