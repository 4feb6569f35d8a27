/* SPDX-License-Identifier: GPL-2.0-only */
/* The keeper's way back to a device whose back-end went away: an attempt, step by step. */
#ifndef ENGINE_RECONNECT_H
#define ENGINE_RECONNECT_H

#include "engine/run.h"

/**
 * enum reconnect_stage - how far an attempt has come
 * @RECONNECT_OPEN: the back-end is to be reached, and held against what it was before
 * @RECONNECT_OPENED: it is there; the queues are to be put in order by the jobs, and started
 * @RECONNECT_DONE: the device runs
 * @RECONNECT_REFUSED: it is not what it was
 */
enum reconnect_stage {
	RECONNECT_OPEN,
	RECONNECT_OPENED,
	RECONNECT_DONE,
	RECONNECT_REFUSED,
};

/**
 * struct reconnect - an attempt
 * @stage: enum reconnect_stage
 * @dev: the device as it is now
 * @error: what went wrong last
 * @why: why it is refused
 */
struct reconnect {
	enum reconnect_stage stage;
	struct blk_dev dev;
	struct error error;
	char why[2 * ERROR_BYTES + 64];
};

void reconnect_step(struct reconnect *attempt, struct vblk_device *device, unsigned int left_ms);

#endif
