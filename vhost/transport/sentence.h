/* SPDX-License-Identifier: GPL-2.0-only */
/* A sentence about what went wrong, on its way up to whoever tells the user. */
#ifndef VHOST_SENTENCE_H
#define VHOST_SENTENCE_H

#include <stddef.h>

/**
 * struct sentence - room for one
 * @text: the sentence, without a full stop
 * @bytes: size of @text
 */
struct sentence {
	char *text;
	size_t bytes;
};

int sentence_fail(const struct sentence *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
