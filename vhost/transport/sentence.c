// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "vhost/transport/sentence.h"

/**
 * sentence_fail - leave a sentence about what went wrong
 * @error: where; cut off where there is no more room
 * @err: negative errno to return
 * @format: the sentence
 */
int sentence_fail(const struct sentence *error, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, error->bytes, format, args);
	va_end(args);
	return err;
}
