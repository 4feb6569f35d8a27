// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "vhost/info/json.h"

/* json_ functions take a NULL value for a failure of their own, so that one check is enough. */
static void need(int ret)
{
	if (!ret)
		return;
	fputs("vblk: out of memory\n", stderr);
	exit(1);
}

/**
 * info_put - give an object a member
 * @object: object
 * @key: the member's name
 * @value: its value, which the object owns from now on
 */
void info_put(json_t *object, const char *key, json_t *value)
{
	need(json_object_set_new(object, key, value));
}

/**
 * info_append - add to an array
 * @array: array
 * @value: what to add, which the array owns from now on
 */
void info_append(json_t *array, json_t *value)
{
	need(json_array_append_new(array, value));
}

/**
 * info_number - a number
 * @value: it; beyond what a signed one holds, as a device may well say, the largest there is
 */
json_t *info_number(uint64_t value)
{
	return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

/**
 * info_bytes - text of which nobody knows what is in it
 * @bytes: text, ended by a NUL or by @max
 * @max: most bytes of it
 *
 * What is not printable ASCII becomes \xNN and a backslash \\: any byte can go to a terminal, and
 * be told apart. Returns a string, of up to 4 * @max characters.
 */
json_t *info_bytes(const void *bytes, size_t max)
{
	const unsigned char *p = bytes, *end = p + max;
	char *text = malloc(4 * max + 1), *to = text;
	json_t *string;

	need(!text);
	for (; p < end && *p; p++) {
		if (*p == '\\')
			to += sprintf(to, "\\\\");
		else if (*p >= 0x20 && *p < 0x7f)
			*to++ = (char)*p;
		else
			to += sprintf(to, "\\x%02x", *p);
	}
	*to = 0;
	string = json_string(text);
	free(text);
	return string;
}
