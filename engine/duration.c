// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <strings.h>

#include "engine/duration.h"
#include "virtq/base.h"

/* No time that is meant is longer: ten years. */
#define MAX_US 315360000000000ll

static const struct {
	const char *name;
	long long us;
} units[] = {
	{ "us", 1 },	  { "usec", 1 },       { "ms", 1000 },	      { "msec", 1000 },
	{ "s", 1000000 }, { "m", 60000000ll }, { "h", 3600000000ll }, { "d", 86400000000ll },
};

static long long unit_of(const char *name, unsigned int default_unit_us)
{
	size_t i;

	if (!*name)
		return default_unit_us;
	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcasecmp(units[i].name, name))
			return units[i].us;
	return 0;
}

/**
 * duration_parse - read a time
 * @text: a whole number or a decimal fraction, and perhaps a unit: us, ms, s, m, h or d
 * @default_unit_us: what a number without a unit counts, in microseconds
 * @us: set to the time, in microseconds; what is below one is cut off
 *
 * Returns 0, or -EINVAL: it is no such text, or a time of more than ten years.
 */
int duration_parse(const char *text, unsigned int default_unit_us, long long *us)
{
	const char *whole = text + (*text == '-'), *fraction, *end;
	long long unit, value = 0, part;

	for (end = whole; isdigit((unsigned char)*end); end++)
		;
	fraction = *end == '.' ? end + 1 : end;
	for (end = fraction; isdigit((unsigned char)*end); end++)
		;
	if (!isdigit((unsigned char)*whole))
		return -EINVAL;
	unit = unit_of(end, default_unit_us);
	if (!unit)
		return -EINVAL;
	for (; isdigit((unsigned char)*whole); whole++) {
		value = value * 10 + (*whole - '0') * unit;
		if (value > MAX_US)
			return -EINVAL;
	}
	for (part = unit; isdigit((unsigned char)*fraction) && *whole == '.'; fraction++) {
		/* Digit by digit: a microsecond has none behind the point. */
		value += (*fraction - '0') * part / 10;
		part /= 10;
	}
	*us = *text == '-' ? -value : value;
	return 0;
}
