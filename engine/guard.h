/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks that the running fio is the one that the engine was built for. */
#ifndef ENGINE_GUARD_H
#define ENGINE_GUARD_H

#include "engine/compat.h"

extern struct ioengine_ops ioengine;

bool vblk_guard_job(struct thread_data *td);

#endif
