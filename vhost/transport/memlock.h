/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RLIMIT_MEMLOCK. The kernel pins the memory that a vhost-vdpa or VFIO device can access, and
 * limits how much memory a process may pin or lock.
 */
#ifndef VHOST_TRANSPORT_MEMLOCK_H
#define VHOST_TRANSPORT_MEMLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

/**
 * enum memlock_count - how the kernel accounts for memory that is mapped for a device
 * @MEMLOCK_LOCKED: as locked memory, without a limit for processes that have CAP_IPC_LOCK: VFIO
 *		    groups
 * @MEMLOCK_PINNED: as pinned memory, with a limit for all processes: vhost-vdpa, iommufd
 */
enum memlock_count {
	MEMLOCK_LOCKED,
	MEMLOCK_PINNED,
};

int memlock_check(enum memlock_count count, uint64_t bytes, struct error *error);
bool memlock_raise(enum memlock_count count, uint64_t bytes);

#endif
