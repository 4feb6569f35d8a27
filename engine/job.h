/* SPDX-License-Identifier: GPL-2.0-only */
/* A running job: its queue on each of its devices, and the state of its io_us. */
#ifndef ENGINE_JOB_H
#define ENGINE_JOB_H

#include "engine/queue.h"
#include "engine/spin.h"

struct job_spec;
struct vblk_command;
struct vblk_io;

/**
 * struct vblk_job - a job between init() and cleanup()
 * @td: fio's view of the job
 * @events: requests that have completed, for event()
 * @depth: maximum number of io_us in flight; @events has this number of entries
 * @stamp: set the issue time of requests
 * @account: report the issue of requests to fio, with io_u_queued()
 * @replays: the job replays a log, for which fio needs the time of the last issue
 * @queued: memory for the lists @queued of all entries of @queue
 * @resubmit: memory for a list of the io_us that are added to the ring again after the device went
 *	away, NULL without vblk_reconnect
 * @never_busy: queue() waits for room on the ring and never returns FIO_Q_BUSY for lack of room
 * @inflight: the back-end records outstanding requests in an inflight region, and continues with
 *	these requests after a reconnection
 * @io: the engine's state of each io_u, by index of the io_u
 * @trim_ranges: memory for the ranges of trims
 * @max_ranges: maximum number of ranges of a trim
 * @command: command that the job waits for, or NULL
 * @stash: requests that completed during commands, for the next getevents()
 * @stashed: number of entries in @stash
 * @refused: a request was refused and reported; further refused requests are not reported
 * @poison: overwrite the buffers of reads before the reads are sent
 * @poison_byte: byte to overwrite the buffers with
 * @wait: enum vblk_wait_mode
 * @spin: how long a hybrid wait spins
 * @io_timeout_ns: maximum time without a completion in nanoseconds, 0 = no limit
 * @data: memory for fio's I/O buffers
 * @data_bytes: length of @data in bytes
 * @index: index of the job in job order
 * @stats: file for the statistics of the job, or NULL
 * @nqueues: number of entries in @queue
 * @simple: the job has one queue, which is not a shared queue
 * @epoll_fd: epoll instance on which a job that shares a queue sleeps, otherwise -1
 * @turn: index of the queue whose completions are taken first the next time
 * @queue: the queues, one for each device
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
	bool simple;
	int epoll_fd;
	unsigned int turn;
	struct vblk_queue queue[];
};

struct vblk_job *job_make(struct thread_data *td, const struct job_spec *spec, size_t index);
void job_free(struct vblk_job *job);
void job_after_fork(void);
int job_enter(struct thread_data *td, const struct job_spec *spec, size_t index);
void job_adjust_options(struct vblk_job *job);

/* Return the number of requests on the rings of a job, published or not. Failed queues do not
 * count, because the device does not complete their requests any more. */
static inline unsigned int job_outstanding(const struct vblk_job *job)
{
	unsigned int n = 0, i;

	for (i = 0; i < job->nqueues; i++)
		n += job->queue[i].state == QUEUE_FAILED ? 0 : queue_outstanding(&job->queue[i]);
	return n;
}

#endif
