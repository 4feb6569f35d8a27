/* SPDX-License-Identifier: GPL-2.0-only */
/* A running job: its queue on each of its devices, and what it keeps of fio's io_us. */
#ifndef ENGINE_JOB_H
#define ENGINE_JOB_H

#include "engine/queue.h"
#include "engine/spin.h"

struct job_spec;
struct vblk_command;
struct vblk_io;

/**
 * struct vblk_job - a job between init() and cleanup()
 * @td: fio's view of it
 * @data: memory for its buffers
 * @data_bytes: length
 * @events: requests that have completed, for event()
 * @depth: most of them
 * @stamp: requests get a time of issue
 * @account: fio is told when they are issued
 * @replays: fio wants to know when the last of them was
 * @queued: memory of the queues' lists of these
 * @resubmit: room for what is to be put on the ring again when a device is back; NULL = none will
 * be
 * @never_busy: a request may not be turned away for want of room
 * @inflight: the back-end notes its requests, and goes on with them
 * @io: what is kept of each io_u, by its index
 * @trim_ranges: memory of the ranges of their trims
 * @max_ranges: most ranges of a trim
 * @command: request that is waited for on the spot, or NULL
 * @stash: what completed meanwhile, for the next getevents()
 * @stashed: how many
 * @refused: a request could not be sent, and the user was told why
 * @poison: overwrite read buffers
 * @poison_byte: with this
 * @wait: enum vblk_wait_mode
 * @spin: how long a hybrid wait spins
 * @io_timeout_ns: longest time without a completion, 0 = no limit
 * @index: its place in job order
 * @stats: where statistics go, or NULL
 * @nqueues: its queues, one a device
 * @turn: queue whose completions are taken first the next time
 * @queue: the queues
 */
struct vblk_job {
	struct thread_data *td;
	struct io_u **events;
	unsigned int depth;
	bool stamp;
	bool account;
	bool replays;
	struct io_u **queued;
	struct io_u **resubmit;
	bool never_busy;
	bool inflight;
	struct vblk_io *io;
	struct vblk_trim_range *trim_ranges;
	unsigned int max_ranges;
	const struct vblk_command *command;
	struct io_u **stash;
	unsigned int stashed;
	bool refused;
	bool poison;
	unsigned char poison_byte;
	unsigned int wait;
	struct spin spin;
	uint64_t io_timeout_ns;
	unsigned char *data;
	size_t data_bytes;
	size_t index;
	struct record_file *stats;
	unsigned int nqueues;
	unsigned int turn;
	struct vblk_queue queue[];
};

struct vblk_job *job_make(struct thread_data *td, const struct job_spec *spec, size_t index);
void job_free(struct vblk_job *job);
void job_after_fork(void);
int job_enter(struct thread_data *td, const struct job_spec *spec, size_t index);
void job_adjust_options(struct vblk_job *job);

/* Requests that are with a device, or about to be published to it; what a failed queue held does
 * not come back. */
static inline unsigned int job_outstanding(const struct vblk_job *job)
{
	unsigned int n = 0, i;

	for (i = 0; i < job->nqueues; i++)
		n += job->queue[i].state == QUEUE_FAILED ? 0 : virtq_outstanding(job->queue[i].vq);
	return n;
}

#endif
