/* SPDX-License-Identifier: GPL-2.0-only */
/* The queues that a front-end sets up, and the messages about queues. */
#ifndef T_FAKE_BACKEND_VRING_H
#define T_FAKE_BACKEND_VRING_H

#include "t/fake-backend/wire.h"

/**
 * fake_started_queues - return the number of started queues
 * @fake: back-end
 */
unsigned int fake_started_queues(const struct fake *fake);

/**
 * fake_reset_queues - stop all queues and discard their state
 * @fake: back-end
 */
void fake_reset_queues(struct fake *fake);

/**
 * fake_queue_kicked - start a queue if it is not started yet
 * @queue: queue that was kicked or is polled
 *
 * Return true if the queue can be processed.
 */
bool fake_queue_kicked(struct fake_queue *queue);

/*
 * Message handlers. Return 0, or 1 to refuse the message. fake_set_vring_fd() handles
 * SET_VRING_KICK, SET_VRING_CALL and SET_VRING_ERR.
 */
uint64_t fake_set_vring_num(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_addr(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_base(struct fake *fake, struct fake_message *msg);
uint64_t fake_get_vring_base(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_fd(struct fake *fake, struct fake_message *msg);
uint64_t fake_set_vring_enable(struct fake *fake, struct fake_message *msg);

#endif
