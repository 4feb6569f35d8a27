/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that a device reaches through the kernel stays in RAM, and there is a limit to that. */
#ifndef VHOST_TRANSPORT_MEMLOCK_H
#define VHOST_TRANSPORT_MEMLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

/**
 * enum memlock_count - what the kernel counts memory as that a device was given
 * @MEMLOCK_LOCKED: locked, and for the privileged (CAP_IPC_LOCK) there is no limit: VFIO groups
 * @MEMLOCK_PINNED: pinned, and the limit is for all: vhost-vdpa, iommufd
 */
enum memlock_count {
	MEMLOCK_LOCKED,
	MEMLOCK_PINNED,
};

int memlock_check(enum memlock_count count, uint64_t bytes, struct error *error);
bool memlock_raise(enum memlock_count count, uint64_t bytes);

#endif
