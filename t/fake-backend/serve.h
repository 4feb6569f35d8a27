/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef T_FAKE_BACKEND_SERVE_H
#define T_FAKE_BACKEND_SERVE_H

#include <signal.h>

#include "t/fake-backend/fake-backend.h"

/* Set by the signal handler: exit as soon as possible. */
extern volatile sig_atomic_t fake_stop;

/**
 * fake_serve - wait for one connection and serve it until it ends
 * @fake: back-end with its options
 * @listen_fd: listening socket
 * @unblocked: signal mask while waiting, in which the signals that end the program are unblocked
 *
 * Return false if there was no connection, for example because of a signal.
 */
bool fake_serve(struct fake *fake, int listen_fd, const sigset_t *unblocked);

#endif
