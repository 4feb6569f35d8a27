// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "vhost/transport/arena.h"
#include "vhost/transport/iova.h"

/* Sets @iova to the lowest address in @range, not below @least, that there is room at. */
static bool fits(const struct iova_range *range, uint64_t least, uint64_t bytes, uint64_t *iova)
{
	uint64_t at = range->first > least ? range->first : least;

	if (at > UINT64_MAX - (ARENA_UNIT - 1))
		return false;
	at = (at + ARENA_UNIT - 1) / ARENA_UNIT * ARENA_UNIT;
	/* Both ends are compared as distances: the last address may be the largest there is. */
	if (at > range->last || range->last - at < bytes - 1)
		return false;
	*iova = at;
	return true;
}

/* The lowest of all ranges. */
static bool lowest(const struct iova_range *ranges, size_t count, uint64_t least, uint64_t bytes,
		   uint64_t *iova)
{
	bool found = false;
	uint64_t at;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!fits(&ranges[i], least, bytes, &at) || (found && at >= *iova))
			continue;
		*iova = at;
		found = true;
	}
	return found;
}

/**
 * iova_choose - choose a place for memory
 * @ranges: addresses that can be used, in any order
 * @count: how many ranges
 * @bytes: length of the memory, not 0
 * @iova: set to its first address, a multiple of ARENA_UNIT
 * @error: why there is none
 *
 * ARENA_IOVA, or as little above it as can be; where there is no room so high, as low as can be,
 * yet not at 0, which is what a stray address is most likely to be. Returns 0, or -ENOSPC.
 */
int iova_choose(const struct iova_range *ranges, size_t count, uint64_t bytes, uint64_t *iova,
		struct error *error)
{
	char list[ERROR_BYTES] = " none";
	size_t at = 0, i;

	if (lowest(ranges, count, ARENA_IOVA, bytes, iova) ||
	    lowest(ranges, count, ARENA_UNIT, bytes, iova))
		return 0;
	for (i = 0; i < count && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s 0x%llx to 0x%llx",
				       i ? "," : "", (unsigned long long)ranges[i].first,
				       (unsigned long long)ranges[i].last);
	return error_set(
		error, -ENOSPC,
		"%llu bytes of memory have no place in the I/O addresses that the device can use:%s",
		(unsigned long long)bytes, list);
}
