/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a device can do what a job asks. */
#ifndef ENGINE_JOBS_CHECK_H
#define ENGINE_JOBS_CHECK_H

#include "engine/job_spec.h"

int vblk_ask_check(const struct vblk_ask *ask, const struct blk_dev *dev, struct error *error);

#endif
