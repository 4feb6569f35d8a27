/* SPDX-License-Identifier: GPL-2.0-only */
/* The queues a front-end sets up, and the messages about them. */
#ifndef T_FAKE_BACKEND_VRING_H
#define T_FAKE_BACKEND_VRING_H

#include "t/fake-backend/wire.h"

/**
 * fake_started_queues - how many queues run
 * @fake: back-end
 */
unsigned int fake_started_queues(const struct fake *fake);

/**
 * fake_reset_queues - stop all queues and forget what was said about them
 * @fake: back-end
 */
void fake_reset_queues(struct fake *fake);

/**
 * fake_queue_kicked - start a queue, if it has not been
 * @queue: queue whose kick arrived, or that is polled
 *
 * Returns true if the queue can be processed.
 */
bool fake_queue_kicked(struct fake_queue *queue);

/* Messages: 0, or 1 for a refusal. set_vring_fd is KICK, CALL and ERR. */
uint64_t fake_set_vring_num(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_addr(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_base(struct fake *fake, struct fake_message *msg);
uint64_t fake_get_vring_base(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_fd(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_enable(struct fake *fake, struct fake_message *msg);

#endif
