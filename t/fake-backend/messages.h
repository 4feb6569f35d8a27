/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef T_FAKE_BACKEND_MESSAGES_H
#define T_FAKE_BACKEND_MESSAGES_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_message_number - return the request number of a front-end message
 * @name: name of the message without VHOST_USER_, such as SET_VRING_NUM
 *
 * Return 0 if the back-end does not know the message.
 */
uint32_t fake_message_number(const char *name);

/**
 * fake_message_name - return the name of a front-end message
 * @request: request number of the message
 */
const char *fake_message_name(uint32_t request);

/**
 * fake_message_handle - receive one message, check it, execute it and reply
 * @fake: back-end whose connection is readable
 *
 * Return false if the connection has ended.
 */
bool fake_message_handle(struct fake *fake);

/**
 * fake_reset_connection - discard the state that a connection set up
 * @fake: back-end; its connection is closed
 */
void fake_reset_connection(struct fake *fake);

#endif
