/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the devices that a job names, with any of fio's options for names of files. */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "engine/job_spec.h"
#include "engine/replay.h"

int names_read(struct job_spec *spec, const struct replay *replay);
void names_add_files(const struct job_spec *spec, struct thread_data *td);

#endif
