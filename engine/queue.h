/* SPDX-License-Identifier: GPL-2.0-only */
/* A job's view of one of its queues: how requests get onto the ring, and what becomes of them. */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H

#include "engine/compat.h"
#include "engine/stats.h"
#include "vhost/transport/transport.h"
#include "virtq/virtq.h"

struct control_queue;
struct vblk_device;
struct vblk_job;
struct vblk_queue;

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
 * @fast_bytes: longest transfer that is one descriptor and nothing else to take care of; 0 = there
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
 * @zoned: the device has VIRTIO_BLK_F_ZONED: the statuses of zones mean something
 * @writeback: a flush is a request; else it has nothing to do
 * @io_errors: the device has failed requests (VIRTIO_BLK_S_IOERR)
 * @sync: a write has completed when a flush behind it has
 * @tagged: marked requests that are outstanding (context.h)
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
};

void queue_fail(struct vblk_queue *q, int error);
void queue_fail_strictly(struct vblk_queue *q, const char *what);

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

#endif
