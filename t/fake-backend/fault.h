/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults at messages: decide whether a fault is due at the last received message. */
#ifndef T_FAKE_BACKEND_FAULT_H
#define T_FAKE_BACKEND_FAULT_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_fault_name - return the name of a fault, which is the name of its option
 * @fault: fault
 */
const char *fake_fault_name(enum fake_message_fault fault);

/**
 * fake_fault_parse - parse MESSAGE[:N]
 * @at: filled in
 * @text: text to parse
 *
 * Return false if the text is invalid or there is no message with this name.
 */
bool fake_fault_parse(struct fake_fault *at, const char *text);

/**
 * fake_fault_hear - record a received message
 * @fake: back-end
 * @request: request number of the message
 * @answered: the message gets a reply
 */
void fake_fault_hear(struct fake *fake, uint32_t request, bool answered);

/**
 * fake_fault - decide whether to commit a fault at the last received message
 * @fake: back-end
 * @fault: fault that the caller can commit now
 *
 * Return true if the caller must commit the fault, which is then logged.
 */
bool fake_fault(struct fake *fake, enum fake_message_fault fault);

#endif
