/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef T_FAKE_BACKEND_MESSAGES_H
#define T_FAKE_BACKEND_MESSAGES_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_message_number - a front-end message's request number
 * @name: without VHOST_USER_, like SET_VRING_NUM
 *
 * Returns 0 if the back-end knows no such message.
 */
uint32_t fake_message_number(const char *name);

/**
 * fake_message_name - a front-end message's name, the other way round
 * @request: its number
 */
const char *fake_message_name(uint32_t request);

/**
 * fake_message_handle - receive one message, check it, do what it says and answer
 * @fake: back-end whose connection is readable
 *
 * Returns false if the connection is over.
 */
bool fake_message_handle(struct fake *fake);

/**
 * fake_reset_connection - forget all that a connection set up
 * @fake: back-end; its connection is closed
 */
void fake_reset_connection(struct fake *fake);

#endif
