// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <strings.h>

#include "engine/duration.h"
#include "virtq/base.h"

/* Ten years. A longer time is certainly a mistake. */
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
 * duration_parse - parse a time
 * @text: integer or decimal fraction, optionally followed by a unit: us, usec, ms, msec, s, m, h, d
 * @default_unit_us: unit of a number without a unit, in microseconds
 * @us: set to the time in microseconds, without fractions; unchanged after an error
 *
 * Returns 0, or -EINVAL if the text is not a time or the time is longer than ten years.
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
		/* Each digit has a tenth of the value of the previous one. Digits below 1 us are
		 * dropped. */
		value += (*fraction - '0') * part / 10;
		part /= 10;
	}
	*us = *text == '-' ? -value : value;
	return 0;
}
