/* SPDX-License-Identifier: GPL-2.0-only */
/* fio's commit(): publishing the requests that were added to the rings. */
#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

struct thread_data;
struct vblk_job;
struct vblk_queue;

int vblk_commit(struct thread_data *td);
void commit_job(struct vblk_job *job);
void commit_publish(struct vblk_queue *q);

#endif
