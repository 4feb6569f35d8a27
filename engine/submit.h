/* SPDX-License-Identifier: GPL-2.0-only */
/* The way down: what a request goes through between fio's queue() and the ring. */
#ifndef ENGINE_SUBMIT_H
#define ENGINE_SUBMIT_H

#include "engine/job.h"

enum fio_q_status vblk_queue(struct thread_data *td, struct io_u *io_u);
int vblk_commit(struct thread_data *td);
void submit_commit(struct vblk_job *job);
void submit_publish(struct vblk_queue *q);
void submit_stamp(struct thread_data *td, struct io_u *io_u);
enum fio_q_status submit_complete(struct thread_data *td, struct io_u *io_u, int error);
enum fio_q_status submit_refuse(struct vblk_job *job, const struct vblk_queue *q, struct io_u *io_u,
				uint64_t offset, uint64_t bytes, const char *why);
enum fio_q_status submit_unsent(struct thread_data *td, struct io_u *io_u, int error);
enum fio_q_status submit_full(struct vblk_queue *q, struct io_u *io_u);
enum fio_q_status trim_queue(struct vblk_job *job, struct vblk_queue *q, struct io_u *io_u);
bool trim_put_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io);
bool transfer_put_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io);
void transfer_choose(struct vblk_queue *q);

/* A request of this io_u is on the ring and will be published by the next commit(). */
static inline enum fio_q_status submit_queued(struct vblk_queue *q, struct io_u *io_u)
{
	q->queued[q->nqueued++] = io_u;
	return FIO_Q_QUEUED;
}

/* Not whole blocks of the device, or not within it. */
static inline bool submit_out_of_place(const struct vblk_queue *q, uint64_t offset, uint64_t bytes)
{
	return ((offset | bytes) & q->block_mask) || !bytes || offset > q->capacity_bytes ||
	       bytes > q->capacity_bytes - offset;
}

#endif
