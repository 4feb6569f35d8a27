/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_IGNORED_H
#define ENGINE_IGNORED_H

#include "engine/compat.h"

void ignored_forget(struct thread_data *td);

#endif
