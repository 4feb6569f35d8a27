/* SPDX-License-Identifier: GPL-2.0-only */
/* fio's commit(): showing the devices what was put on their rings. */
#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

struct thread_data;
struct vblk_job;
struct vblk_queue;

int vblk_commit(struct thread_data *td);
void commit_job(struct vblk_job *job);
void commit_publish(struct vblk_queue *q);

#endif
