/* SPDX-License-Identifier: GPL-2.0-only */
/* fio's hooks for zoned devices (zonemode=zbd). */
#ifndef ENGINE_ZONES_H
#define ENGINE_ZONES_H

#include "engine/compat.h"

int zones_get_model(struct thread_data *td, struct fio_file *f, enum zbd_zoned_model *model);
int zones_report(struct thread_data *td, struct fio_file *f, uint64_t offset,
		 struct zbd_zone *zones, unsigned int count);
int zones_reset(struct thread_data *td, struct fio_file *f, uint64_t offset, uint64_t bytes);
int zones_get_max_open(struct thread_data *td, struct fio_file *f, unsigned int *zones);
int zones_get_max_active(struct thread_data *td, struct fio_file *f, unsigned int *zones);
int zones_finish(struct thread_data *td, struct fio_file *f, uint64_t offset, uint64_t bytes);
int zones_move_wp(struct thread_data *td, struct fio_file *f, struct zbd_zone *zone, uint64_t bytes,
		  const char *data);

#endif
