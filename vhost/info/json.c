// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "vhost/info/json.h"

/*
 * Exit if @ret is not 0. The json_*_new() functions also fail if their value is NULL, so one check
 * covers the creation of the value too.
 */
static void exit_if_failed(int ret)
{
	if (!ret)
		return;
	fputs("vblk: out of memory\n", stderr);
	exit(1);
}

/**
 * info_put - add a member to an object
 * @object: object
 * @key: name of the member
 * @value: value of the member; the object takes over the reference
 */
void info_put(json_t *object, const char *key, json_t *value)
{
	exit_if_failed(json_object_set_new(object, key, value));
}

/**
 * info_append - append a value to an array
 * @array: array
 * @value: value to append; the array takes over the reference
 */
void info_append(json_t *array, json_t *value)
{
	exit_if_failed(json_array_append_new(array, value));
}

/**
 * info_number - create a JSON number
 * @value: value; a value above INT64_MAX, which a device can report, becomes INT64_MAX
 */
json_t *info_number(uint64_t value)
{
	return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

/**
 * info_bytes - create a JSON string from untrusted bytes
 * @bytes: text, which ends at the first NUL or after @max bytes
 * @max: maximum length of the text
 *
 * A byte that is not printable ASCII becomes \xNN, and a backslash becomes \\. The result is safe
 * to print on a terminal and unambiguous. Returns a string of up to 4 * @max characters.
 */
json_t *info_bytes(const void *bytes, size_t max)
{
	const unsigned char *p = bytes, *end = p + max;
	char *text = malloc(4 * max + 1), *to = text;
	json_t *string;

	exit_if_failed(!text);
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
