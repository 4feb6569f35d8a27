/* SPDX-License-Identifier: GPL-2.0-only */
/* Choice of the I/O virtual address of the arena. */
#ifndef VHOST_TRANSPORT_IOVA_H
#define VHOST_TRANSPORT_IOVA_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

/**
 * struct iova_range - a range of I/O virtual addresses that a device can use
 * @first: first address
 * @last: last address, inclusive
 */
struct iova_range {
	uint64_t first;
	uint64_t last;
};

int iova_choose(const struct iova_range *ranges, size_t count, uint64_t bytes, uint64_t *iova,
		struct error *error);

#endif
