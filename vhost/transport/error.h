/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Error descriptions: one sentence in addition to a negative errno.
 *
 * The caller provides the buffer. The function that knows why it failed fills the buffer in, and
 * the caller that reports the failure to the user prints the sentence.
 */
#ifndef VHOST_TRANSPORT_ERROR_H
#define VHOST_TRANSPORT_ERROR_H

/* Size of a description, including the terminating NUL. */
#define ERROR_BYTES 320

/**
 * struct error - description of a failure
 * @text: one sentence without a full stop; "" = there was no failure
 */
struct error {
	char text[ERROR_BYTES];
};

int error_set(struct error *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int error_keep(struct error *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
