/* SPDX-License-Identifier: GPL-2.0-only */
/* A job's view of one of its queues. */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H

#include "engine/compat.h"
#include "engine/stats.h"
#include "vhost/transport/transport.h"
#include "virtq/virtq.h"

struct control_queue;
struct queue_share;
struct sharer;
struct vblk_command;
struct vblk_device;
struct vblk_job;
struct vblk_queue;

/**
 * struct vblk_trim - how a job trims on a queue
 * @limits: limits of the request type; @limits.max_bytes = 0: the device does not support the type
 * @granularity_bytes: offsets and lengths of trims must be multiples of this number of bytes
 * @segments: maximum number of segments of a request
 * @stride: number of entries of each slot in @table
 * @type: request type
 * @unmap: the device may deallocate the range that it zeroes
 * @count: counter of the requests of this type, in the statistics of the queue
 * @table: segments of the requests of all slots
 * @table_iova: I/O virtual address of @table
 */
struct vblk_trim {
	struct blk_range_limits limits;
	uint64_t granularity_bytes;
	uint32_t segments;
	uint32_t stride;
	uint32_t type;
	bool unmap;
	uint64_t *count;
	struct virtio_blk_discard_write_zeroes *table;
	uint64_t table_iova;
};

/**
 * enum queue_state - state of a job's queue
 * @QUEUE_LIVE: requests can be added to the ring
 * @QUEUE_PARKED: the device is away, and the job has prepared the queue for the next connection
 *		  (park.c)
 * @QUEUE_FAILED: the queue cannot be used any more; all requests end with @error of the queue
 *
 * The fast path only tests for QUEUE_LIVE.
 */
enum queue_state {
	QUEUE_LIVE,
	QUEUE_PARKED,
	QUEUE_FAILED,
};

/**
 * typedef vblk_transfer - add a read or write to the ring
 * @q: live queue
 * @io_u: request
 *
 * Returns FIO_Q_QUEUED; FIO_Q_BUSY if the ring has no room now; or FIO_Q_COMPLETED, with an error
 * in @io_u, if the request is invalid or the queue has failed.
 */
typedef enum fio_q_status vblk_transfer(struct vblk_queue *q, struct io_u *io_u);

/**
 * typedef vblk_add - add the first requests of an io_u to a shared ring
 * @q: queue with a free slot, locked by the caller
 * @io_u: io_u that queue() has checked
 */
typedef void vblk_add(struct vblk_queue *q, struct io_u *io_u);

/**
 * struct vblk_queue - one of a job's queues
 * @vq: the ring
 * @transfer: functions that add reads and writes to the ring, by direction (transfer.c)
 * @state: state of the queue
 * @error: in state QUEUE_FAILED: positive errno that all requests end with
 * @nqueued: number of entries in @queued
 * @queued: io_us added since the last commit()
 * @block_mask: logical block size - 1: bits that must be 0 in offsets and lengths
 * @capacity_bytes: size of the device in bytes
 * @fast_bytes: length in bytes of the longest transfer that the fast path handles, 0 = the slow
 *		path handles all transfers
 * @arena: start of the arena, which contains all buffers
 * @arena_bytes: length of the arena in bytes
 * @iova: I/O virtual address of @arena
 * @stats: statistics
 * @piece: maximum number of bytes of one data descriptor
 * @segments: number of data descriptors to spread the data of a request over
 * @request_bytes: maximum number of data bytes of a read or write request
 * @zone_bytes: reads are split at multiples of this number of bytes, 0 = reads may cross zones
 * @reserved: number of free slots that a split io_u must leave for other io_us
 * @strict: io_us that need several requests are refused
 * @ordered: the device is zoned and writes may be split: all requests of a write are added to the
 *	     ring before those of the next write
 * @zoned: the device has VIRTIO_BLK_F_ZONED, so a request may end with one of the zone statuses
 * @writeback: the device has a write-back cache; otherwise flushes send no request
 * @sync: a flush follows each write, and the write completes with the flush
 * @armed: the device was asked to send a used buffer notification
 * @io_errors: the device has failed requests with VIRTIO_BLK_S_IOERR
 * @slept_at: value of @vq->taken when the job last went to sleep
 * @tagged: number of outstanding requests with a tagged context (context.h)
 * @held: if @ordered: the write whose requests are not all on the ring yet, or NULL
 * @kick: how to send available buffer notifications
 * @trim: how to trim
 * @command_data: memory for the data of commands
 * @command_bytes: length of @command_data in bytes, 0 = the queue has no zone commands
 * @call_fd: eventfd for used buffer notifications
 * @index: number of the queue on its device
 * @td: fio's view of the job
 * @device: device of the queue
 * @shared: state of the queue in the control mapping
 * @short_lengths_before: value of @vq->short_lengths when the job attached the queue
 * @long_lengths_before: value of @vq->long_lengths when the job attached the queue
 * @job: the job
 * @share: shared queue: the state that its jobs have in common; otherwise NULL. All fields after
 *	   @share are used for shared queues only
 * @self: the job's part of @share
 * @add: function that adds an io_u to the ring (add.c)
 * @sharer: index of @self
 * @ncommitted: number of io_us, from the front of @queued, that fio has committed and that wait for
 *		slots
 * @out: number of the job's requests that are on the ring or in its inbox
 * @delivered: number of requests ever delivered to the job
 * @taken: number of requests of all jobs that this job ever took off the ring
 * @signals: value of @signals in @share when the job last went to sleep
 * @command: command of the job that waits for a slot, or NULL
 * @command_out: command of the job that is on the ring, or NULL
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
	uint64_t fast_bytes;
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
	bool zoned;
	bool writeback;
	bool sync;
	bool armed;
	bool io_errors;
	uint32_t slept_at;
	unsigned int tagged;
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
	struct queue_share *share;
	struct sharer *self;
	vblk_add *add;
	uint32_t sharer;
	unsigned int ncommitted;
	unsigned int out;
	uint32_t delivered;
	uint32_t taken;
	uint32_t signals;
	struct vblk_command *command;
	struct vblk_command *command_out;
};

void queue_fail(struct vblk_queue *q, int error);
void queue_fail_strictly(struct vblk_queue *q, const char *what);

/* Return the maximum number of requests that fio may have on a queue. If the queue has zone
 * commands, one slot is reserved for a command. */
static inline uint32_t queue_room(const struct vblk_queue *q)
{
	return q->vq->slots - (q->command_bytes ? 1 : 0);
}

/* Return the number of requests that fio can add to the queue now. */
static inline uint32_t queue_free(const struct vblk_queue *q)
{
	uint32_t room = queue_room(q), outstanding = virtq_outstanding(q->vq);

	return outstanding < room ? room - outstanding : 0;
}

/* Return the number of requests that the job waits for on a queue. */
static inline unsigned int queue_outstanding(const struct vblk_queue *q)
{
	if (UNLIKELY(q->share))
		return q->out + q->ncommitted + (q->command ? 1 : 0);
	return virtq_outstanding(q->vq);
}

#endif
