/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef T_FAKE_BACKEND_BLK_H
#define T_FAKE_BACKEND_BLK_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_blk_fill_config - fill in the configuration space that GET_CONFIG returns
 * @fake: back-end with its options
 */
void fake_blk_fill_config(struct fake *fake);

/**
 * fake_blk_process - serve the requests available in a ring, at most one ring full
 * @queue: a started queue
 *
 * Signals the driver if the driver requests a notification, and enables kicks unless the back-end
 * polls.
 *
 * Return true if the ring needs another call without waiting for a kick.
 */
bool fake_blk_process(struct fake_queue *queue);

#endif
