/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef T_FAKE_BACKEND_BLK_H
#define T_FAKE_BACKEND_BLK_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_blk_fill_config - what GET_CONFIG will show
 * @fake: back-end with its options
 */
void fake_blk_fill_config(struct fake *fake);

/**
 * fake_blk_process - serve what is available in a ring, at most a ring full
 * @queue: a started queue
 *
 * Signals the driver if it wants that, and asks it for kicks unless the back-end polls.
 *
 * Returns true if the ring wants another call without waiting for a kick.
 */
bool fake_blk_process(struct fake_queue *queue);

#endif
