// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vhost/transport/error.h"

static void format_text(struct error *error, const char *format, va_list args)
{
	struct error made;

	vsnprintf(made.text, sizeof(made.text), format, args);
	strcpy(error->text, made.text);
}

/**
 * error_set - leave a sentence about what went wrong
 * @error: where; a longer sentence is cut off
 * @err: negative errno to return
 * @format: the sentence; its arguments may be the sentence that is there, to say more about it
 *
 * Allocates nothing. Returns @err.
 */
int error_set(struct error *error, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	format_text(error, format, args);
	va_end(args);
	return err;
}

/**
 * error_keep - leave a sentence about what went wrong, if nothing did before
 * @error: where
 * @err: negative errno to return
 * @format: the sentence
 *
 * What fails first explains the rest. Returns @err.
 */
int error_keep(struct error *error, int err, const char *format, ...)
{
	va_list args;

	if (*error->text)
		return err;
	va_start(args, format);
	format_text(error, format, args);
	va_end(args);
	return err;
}
