/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults at single messages: whether one is due at the message that came last. */
#ifndef T_FAKE_BACKEND_FAULT_H
#define T_FAKE_BACKEND_FAULT_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_fault_name - a fault's name, as that of its option
 * @fault: fault
 */
const char *fake_fault_name(enum fake_message_fault fault);

/**
 * fake_fault_parse - read MESSAGE[:N]
 * @at: filled in
 * @text: which message
 *
 * Returns false if no message has this name.
 */
bool fake_fault_parse(struct fake_fault *at, const char *text);

/**
 * fake_fault_hear - note that a message came
 * @fake: back-end
 * @request: its number
 * @answered: it gets an answer
 */
void fake_fault_hear(struct fake *fake, uint32_t request, bool answered);

/**
 * fake_fault - is it to be committed at the message that came last?
 * @fake: back-end; writes it down if so
 * @fault: fault that can be committed now
 */
bool fake_fault(struct fake *fake, enum fake_message_fault fault);

#endif
