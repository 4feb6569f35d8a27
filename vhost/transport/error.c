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
 * error_set - describe a failure
 * @error: set to the description, which is truncated if it is too long
 * @err: negative errno to return
 * @format: format string; its arguments may include the present @error->text, to extend it
 *
 * Allocates no memory. Returns @err.
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
 * error_keep - describe a failure, unless @error already describes an earlier one
 * @error: set to the description if it is empty
 * @err: negative errno to return
 * @format: format string
 *
 * Keeps the first failure because it explains the later ones. Returns @err.
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
