/* SPDX-License-Identifier: GPL-2.0-only */
/* Macros and functions that every folder uses. */
#ifndef VIRTQ_BASE_H
#define VIRTQ_BASE_H

#include <stddef.h>

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Number of elements of an array. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

/* Mask of a feature bit, from its number in the specification. */
#define FEATURE(bit) (1ull << (bit))

/* Round @value up to a multiple of @unit. */
static inline size_t round_up(size_t value, size_t unit)
{
	return (value + unit - 1) / unit * unit;
}

#endif
