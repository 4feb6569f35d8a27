/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_FILES_H
#define ENGINE_FILES_H

#include "engine/compat.h"

int files_stand_in(void);
int files_close(struct thread_data *td, struct fio_file *f);

#endif
