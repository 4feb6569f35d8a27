/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks that a device can do what a job requires. */
#ifndef ENGINE_JOB_SPEC_CHECK_H
#define ENGINE_JOB_SPEC_CHECK_H

#include "engine/job_spec.h"

int job_spec_check(const struct job_spec *spec, const struct blk_dev *dev, struct error *error);

#endif
