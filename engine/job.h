/* SPDX-License-Identifier: GPL-2.0-only */
/* A running job: its queue on each of its devices, and the requests on their way between fio and
 * the rings. */
#ifndef ENGINE_JOB_H
#define ENGINE_JOB_H

#include "engine/run.h"
#include "engine/spin.h"

/**
 * struct vblk_stats - what a job did on a queue
 * @reads: read requests
 * @writes: write requests
 * @flushes: flush requests
 * @trims: discard, write zeroes and secure erase requests
 * @split_trims: trims that took several of them
 * @split_transfers: reads and writes of fio's that took several requests
 * @commands: zone commands and others that were waited for on the spot
 * @descriptors: data descriptors of transfers beyond their first
 * @publishes: times that requests were made visible to the device
 * @kicks: notifications sent
 * @busy: requests turned away because the ring was full
 * @sleeps: times the job went to sleep
 * @wakeups: times it was woken by the device
 * @spurious: of these, without anything used
 * @missed: used requests found after a sleep that no notification ended
 * @depth: most requests outstanding
 * @errors: requests that ended with an error
 * @reconnects: times that the device came back
 * @resubmitted: io_us that were put on the ring again for that
 */
struct vblk_stats {
	uint64_t reads;
	uint64_t writes;
	uint64_t flushes;
	uint64_t trims[BLK_RANGE_KINDS];
	uint64_t split_trims;
	uint64_t split_transfers;
	uint64_t commands;
	uint64_t descriptors;
	uint64_t publishes;
	uint64_t kicks;
	uint64_t busy;
	uint64_t sleeps;
	uint64_t wakeups;
	uint64_t spurious;
	uint64_t missed;
	uint64_t depth;
	uint64_t errors;
	uint64_t reconnects;
	uint64_t resubmitted;
};

/**
 * struct vblk_trim - how trims are done on a queue
 * @limits: what a request may have; @limits.max_bytes = 0: the device does none
 * @granularity_bytes: what offsets and lengths are multiples of
 * @segments: most segments of a request, and in the table for each slot
 * @type: request type
 * @unmap: the space may be given back
 * @count: where they are counted
 * @table: segments, of all slots
 * @table_iova: the same as the device addresses it
 */
struct vblk_trim {
	struct blk_range_limits limits;
	uint64_t granularity_bytes;
	uint32_t segments;
	uint32_t type;
	bool unmap;
	uint64_t *count;
	struct virtio_blk_discard_write_zeroes *table;
	uint64_t table_iova;
};

/* In the place of a status byte that an io_u ended with: the device wrote none, nothing was sent.
 */
#define VBLK_NO_ANSWER 0x100
#define VBLK_NOT_SENT  0x101

/**
 * struct vblk_io - what the engine keeps of an io_u; its engine_data points here
 * @ended: when it ended with an error: the status byte, or one of the values above
 * @out: an io_u that takes several requests (split.c): those on the ring
 * @at: bytes that requests were made for: of a transfer, or of a trim's current range
 * @flushed: the flush behind a write was made
 * @range: trims: the current range
 * @nranges: trims: how many there are
 * @ranges: trims: the ranges
 */
struct vblk_io {
	unsigned int ended;
	uint32_t out;
	uint64_t at;
	bool flushed;
	uint32_t range;
	uint32_t nranges;
	struct vblk_trim_range *ranges;
};

/**
 * struct vblk_command - a request that is waited for on the spot
 * @done: it is back
 * @lost: the device went away with it, and will not go on with it when it is back
 * @status: with this status
 */
struct vblk_command {
	_Alignas(void *) bool done; /* its address carries a mark (context.h) */
	bool lost;
	uint8_t status;
};

/**
 * enum queue_state - whether a job can put requests on one of its queues
 * @QUEUE_LIVE: it can
 * @QUEUE_PARKED: the device is away, and the queue is in order for its return (park.c)
 * @QUEUE_FAILED: the queue was given up for good, and every request ends with the queue's @error
 *
 * The hot path tests for QUEUE_LIVE only.
 */
enum queue_state {
	QUEUE_LIVE,
	QUEUE_PARKED,
	QUEUE_FAILED,
};

struct vblk_queue;

/**
 * typedef vblk_transfer - put a read or a write on the ring
 * @q: live queue
 * @io_u: request
 *
 * Returns FIO_Q_BUSY when it has no room at present.
 */
typedef enum fio_q_status vblk_transfer(struct vblk_queue *q, struct io_u *io_u);

/**
 * struct vblk_queue - one of a job's queues
 * @vq: the ring
 * @transfer: how reads and writes get onto it, by direction (transfer.c)
 * @state: whether it takes requests
 * @error: QUEUE_FAILED: positive errno that every request ends with
 * @nqueued: io_us added since the last commit()
 * @queued: these
 * @block_mask: bits that no offset or length may have: logical block size - 1
 * @capacity_bytes: size of the device
 * @plain_bytes: longest transfer that is one descriptor and nothing else to take care of; 0 = there
 *		 is something with all of them
 * @arena: memory that buffers are in
 * @arena_bytes: its length, and
 * @iova: its first byte as the device addresses it
 * @stats: statistics
 * @piece: most bytes of one descriptor
 * @segments: descriptors to spread a request's data over
 * @request_bytes: most bytes of one read or write request
 * @zone_bytes: reads end at multiples of this, 0 = anywhere
 * @reserved: slots that a split io_u leaves free, for others that are about to need them
 * @strict: nothing is split
 * @ordered: zoned, and writes may be split: each goes onto the ring whole before the next begins
 * @writeback: a flush is a request; else it has nothing to do
 * @io_errors: the device has failed requests (VIRTIO_BLK_S_IOERR)
 * @sync: a write has completed when a flush behind it has
 * @apart: marked requests that are outstanding (context.h)
 * @held: @ordered: the write whose requests are not all on the ring yet
 * @trim: how trims are done
 * @command_data: memory for the data of commands
 * @command_bytes: length
 * @kick: how the device is notified of available buffers
 * @call_fd: eventfd for used-buffer notifications
 * @armed: the device was asked for a notification
 * @slept_at: requests taken back, ever, when the job last went to sleep
 * @index: number of the queue
 * @td: fio's view of the job
 * @device: its device
 * @shared: its part of the control page
 * @short_lengths_before: of the ring's short used lengths, those of earlier jobs
 * @long_lengths_before: the same of long ones
 * @job: the job
 */
struct vblk_queue {
	struct virtq *vq;
	vblk_transfer *const *transfer;
	enum queue_state state;
	int error;
	unsigned int nqueued;
	struct io_u **queued;
	uint64_t block_mask;
	uint64_t capacity_bytes;
	uint64_t plain_bytes;
	unsigned char *arena;
	uint64_t arena_bytes;
	uint64_t iova;
	struct vblk_stats stats;
	uint32_t piece;
	uint32_t segments;
	uint64_t request_bytes;
	uint64_t zone_bytes;
	uint32_t reserved;
	bool strict;
	bool ordered;
	bool writeback;
	bool sync;
	bool armed;
	bool io_errors;
	uint32_t slept_at;
	unsigned int apart;
	const struct io_u *held;
	struct transport_kick kick;
	struct vblk_trim trim;
	unsigned char *command_data;
	uint32_t command_bytes;
	int call_fd;
	uint32_t index;
	struct thread_data *td;
	struct vblk_device *device;
	struct control_queue *shared;
	uint64_t short_lengths_before;
	uint64_t long_lengths_before;
	struct vblk_job *job;
};

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
 * @again: room for what is to be put on the ring again when a device is back; NULL = none will be
 * @never_busy: a request may not be turned away for want of room
 * @inflight: the back-end notes its requests, and goes on with them
 * @io: what is kept of each io_u, by its index
 * @trim_ranges: memory of the ranges of their trims
 * @max_ranges: most ranges of a trim
 * @resubmits: io_us are put on the ring again: what was kept of them counts
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
	struct io_u **again;
	bool never_busy;
	bool inflight;
	struct vblk_io *io;
	struct vblk_trim_range *trim_ranges;
	unsigned int max_ranges;
	bool resubmits;
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

struct vblk_job *job_make(struct thread_data *td, const struct vblk_ask *ask, size_t index);
void job_free(struct vblk_job *job);
void job_leave_connections(void);
int job_enter(struct thread_data *td, const struct vblk_ask *ask, size_t index);
void job_adjust_options(struct vblk_job *job);
char *job_errdetails(const struct io_u *io_u);
void job_fail_queue(struct vblk_queue *q, int error);
unsigned int job_take_failed(struct vblk_job *job, struct vblk_queue *q, unsigned int n,
			     unsigned int max);
void job_tell_lengths(const struct vblk_job *job);
void job_fail_strictly(struct vblk_queue *q, const char *what);
int job_wait(struct vblk_job *job, unsigned int n, unsigned int min, unsigned int max);
unsigned int job_reap(struct vblk_job *job, unsigned int n, unsigned int max);
int stats_write(const struct vblk_job *job);

static inline struct vblk_io *job_io(const struct io_u *io_u)
{
	return io_u->engine_data;
}

/* Zones are spoken of: their statuses mean something. */
static inline bool queue_is_zoned(const struct vblk_queue *q)
{
	return blk_dev_has(&q->device->dev, VIRTIO_BLK_F_ZONED);
}

/* Requests that fio may have on a queue at a time: where there are zone commands, one is kept for
 * these. */
static inline uint32_t queue_room(const struct vblk_queue *q)
{
	return q->vq->slots - (q->command_bytes ? 1 : 0);
}

/* How many more of them it can have now. */
static inline uint32_t queue_free(const struct vblk_queue *q)
{
	uint32_t room = queue_room(q), outstanding = virtq_outstanding(q->vq);

	return outstanding < room ? room - outstanding : 0;
}

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
