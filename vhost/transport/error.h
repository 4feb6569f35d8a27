/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong, on its way up to whoever tells the user: one sentence beside a negative errno.
 *
 * Whoever calls owns the room for it; the function that knows the reason fills it in.
 */
#ifndef VHOST_TRANSPORT_ERROR_H
#define VHOST_TRANSPORT_ERROR_H

/* Longest sentence, its terminating NUL among them. */
#define ERROR_BYTES 320

/**
 * struct error - why something failed
 * @text: one sentence without a full stop; "" = nothing has failed
 */
struct error {
	char text[ERROR_BYTES];
};

int error_set(struct error *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int error_keep(struct error *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
