// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "vhost/transport/arena.h"
#include "vhost/transport/iova.h"

/*
 * Set @iova to the lowest aligned address in @range that is not below @least and has @bytes bytes
 * after it. Return false if there is no such address.
 */
static bool fits(const struct iova_range *range, uint64_t least, uint64_t bytes, uint64_t *iova)
{
	uint64_t at = range->first > least ? range->first : least;

	if (at > UINT64_MAX - (ARENA_UNIT - 1))
		return false;
	at = (at + ARENA_UNIT - 1) / ARENA_UNIT * ARENA_UNIT;
	/* Compare lengths and not end addresses, which may overflow: @last may be UINT64_MAX. */
	if (at > range->last || range->last - at < bytes - 1)
		return false;
	*iova = at;
	return true;
}

/*
 * Set @iova to the lowest address that fits() finds in any of the ranges. Return false if the
 * memory does not fit into any range.
 */
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
 * iova_choose - choose the I/O virtual address of memory
 * @ranges: ranges of addresses that the device can use, in any order
 * @count: number of entries in @ranges
 * @bytes: length of the memory, not 0
 * @iova: set to the first address of the memory, a multiple of ARENA_UNIT
 * @error: set to the reason for a failure
 *
 * Prefers the lowest address that is not below ARENA_IOVA. If there is none, takes the lowest
 * address above 0. Address 0 is never used, so that a zero pointer cannot hit the memory. Returns
 * 0, or -ENOSPC if no range has room for the memory.
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
		"%llu bytes of memory do not fit into the I/O virtual addresses that the device can use:%s",
		(unsigned long long)bytes, list);
}
