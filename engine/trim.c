// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trims: discard, write zeroes or secure erase, as vblk_trim= says; with zonemode=zbd the reset of
 * a zone.
 *
 * fio knows nothing of the device's limits, so that a trim may take several requests (split.c).
 */
#include <string.h>

#include "engine/context.h"
#include "engine/job.h"
#include "engine/split.h"
#include "engine/trim.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/* Takes a copy of an io_u's ranges: the buffer that fio has them in is the device's to write, too.
 */
static void read_ranges(const struct vblk_job *job, const struct io_u *io_u, struct vblk_io *io)
{
	io->at = 0;
	io->range = 0;
	/* The device may have written to the buffer since the copy was taken. */
	if (job->resubmits)
		return;
	io->nranges = 1;
	if (job->max_ranges > 1)
		io->nranges = vblk_trim_ranges(io_u, io->ranges);
	else
		*io->ranges = (struct vblk_trim_range){ io_u->offset, io_u->xfer_buflen };
}

/* Adds up the segments of all ranges; 0: they can't be sent, of which the user was told. */
static uint64_t count_segments(const struct vblk_queue *q, struct io_u *io_u)
{
	const struct vblk_trim *how = &q->trim;
	const struct vblk_io *io = request_io(io_u);
	uint64_t needed = 0;
	unsigned int i;

	for (i = 0; i < io->nranges; i++) {
		uint64_t offset = io->ranges[i].offset, left = io->ranges[i].bytes;

		if (request_out_of_bounds(q, offset, left) || offset % how->granularity_bytes ||
		    left % how->granularity_bytes) {
			request_refuse(q->job, q, io_u, offset, left,
				       "is not whole units of what the device can erase");
			return 0;
		}
		while (left) {
			uint64_t piece = blk_range_piece(&how->limits, offset, left);

			needed++;
			offset += piece;
			left -= piece;
		}
	}
	return needed;
}

/* Writes the segments of a trim's next request; returns how many. */
static unsigned int fill_table(const struct vblk_queue *q, struct vblk_io *io,
			       struct virtio_blk_discard_write_zeroes *table)
{
	const struct vblk_trim *how = &q->trim;
	unsigned int n = 0;

	while (n < how->segments && io->range < io->nranges) {
		const struct vblk_trim_range *range = &io->ranges[io->range];
		uint64_t offset = range->offset + io->at, left = range->bytes - io->at;
		uint64_t piece = blk_range_piece(&how->limits, offset, left);

		blk_range_put(&table[n++], offset, piece, how->unmap);
		io->at += piece;
		if (piece == left) {
			io->range++;
			io->at = 0;
		}
	}
	return n;
}

/* Puts a trim's next request on the ring; with a slot free. */
static void put_request(struct vblk_queue *q, struct vblk_io *io, void *ctx)
{
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	const struct vblk_trim *how = &q->trim;
	size_t first = (size_t)slot->id * how->segments;
	unsigned int n = fill_table(q, io, how->table + first);

	(*how->count)++;
	blk_request_begin(slot, how->type, 0);
	virtq_add(q->vq, slot, ctx, how->table_iova + first * sizeof(*how->table),
		  (uint32_t)(n * sizeof(*how->table)), UINT32_MAX, false);
}

/* As request_put_next: the next request of a split trim. */
static bool put_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io)
{
	if (io->range == io->nranges)
		return false;
	put_request(q, io, context_part(io_u));
	return true;
}

/*
 * fio's bookkeeping of zones must know of it, so it is fio's reset, on a device whose zones fio
 * only imagines as well: there nothing is sent. True: it was one.
 */
static bool reset_zone(struct vblk_job *job, struct io_u *io_u, enum fio_q_status *status)
{
	int ret;

	if (job->td->o.zone_mode != ZONE_MODE_ZBD || !io_u->file->zbd_info)
		return false;
	request_stamp(job->td, io_u);
	ret = zbd_do_io_u_trim(job->td, io_u);
	if (!ret)
		return false;
	*status = request_complete(job->td, io_u, ret < 0 ? -ret : 0);
	return true;
}

/**
 * trim_queue - put a trim on the ring
 * @job: job
 * @q: queue, with a slot free
 * @io_u: request
 */
enum fio_q_status trim_queue(struct vblk_job *job, struct vblk_queue *q, struct io_u *io_u)
{
	struct vblk_io *io = request_io(io_u);
	enum fio_q_status status;
	uint64_t needed;

	if (UNLIKELY(reset_zone(job, io_u, &status)))
		return status;
	if (UNLIKELY(!q->trim.limits.max_bytes))
		return request_refuse(
			job, q, io_u, io_u->offset, io_u->xfer_buflen,
			"is a trim of a kind that the device does not do (vblk_trim)");
	read_ranges(job, io_u, io);
	needed = count_segments(q, io_u);
	if (!needed)
		return FIO_Q_COMPLETED;
	if (needed <= q->trim.segments) {
		put_request(q, io, io_u);
		return request_queued(q, io_u);
	}
	if (q->strict)
		return request_refuse(job, q, io_u, io_u->offset, io_u->xfer_buflen,
				      "is a trim of more than one request (vblk_strict)");
	q->stats.split_trims++;
	return split_begin(q, io_u, put_next);
}
