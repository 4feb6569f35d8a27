/* SPDX-License-Identifier: GPL-2.0-only */
/* Where in a device's I/O address space memory is put. */
#ifndef VHOST_TRANSPORT_IOVA_H
#define VHOST_TRANSPORT_IOVA_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

/**
 * struct iova_range - I/O virtual addresses that a device can use
 * @first: the first
 * @last: the last, itself among them
 */
struct iova_range {
	uint64_t first;
	uint64_t last;
};

int iova_choose(const struct iova_range *ranges, size_t count, uint64_t bytes, uint64_t *iova,
		struct error *error);

#endif
