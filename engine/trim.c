// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trims: discard, write zeroes or secure erase, depending on vblk_trim=; with zonemode=zbd, the
 * reset of a zone.
 *
 * fio does not know the limits of the device, so a trim may need several requests (split.c).
 */
#include <string.h>

#include "engine/context.h"
#include "engine/job.h"
#include "engine/split.h"
#include "engine/trim.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

/* Copy the ranges of an io_u, because the device can write to the buffer that fio stores them in.
 */
static void read_ranges(const struct vblk_job *job, const struct io_u *io_u, struct vblk_io *io)
{
	io->nranges = 1;
	if (job->max_ranges > 1)
		io->nranges = vblk_trim_ranges(io_u, io->ranges);
	else
		*io->ranges = (struct vblk_trim_range){ io_u->offset, io_u->xfer_buflen };
}

/* Return false, and complete the io_u with an error, if one of its ranges is invalid. */
static bool check_ranges(const struct vblk_queue *q, struct io_u *io_u)
{
	const struct vblk_trim *trim = &q->trim;
	const struct vblk_io *io = request_io(io_u);
	unsigned int i;

	for (i = 0; i < io->nranges; i++) {
		uint64_t offset = io->ranges[i].offset, bytes = io->ranges[i].bytes;

		if (!request_out_of_bounds(q, offset, bytes) &&
		    !(offset % trim->granularity_bytes) && !(bytes % trim->granularity_bytes))
			continue;
		request_refuse(q->job, q, io_u, offset, bytes,
			       "is not aligned to the erase unit of the device");
		return false;
	}
	return true;
}

/* Return the number of segments of all ranges of a trim. */
static uint64_t count_segments(const struct vblk_queue *q, const struct vblk_io *io)
{
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < io->nranges; i++) {
		uint64_t offset = io->ranges[i].offset, left = io->ranges[i].bytes;

		while (left) {
			uint64_t piece = blk_range_piece(&q->trim.limits, offset, left);

			total++;
			offset += piece;
			left -= piece;
		}
	}
	return total;
}

/* Write the segments of a trim's next request. Return the number of segments. */
static unsigned int fill_table(const struct vblk_queue *q, struct vblk_io *io,
			       struct virtio_blk_discard_write_zeroes *table)
{
	const struct vblk_trim *trim = &q->trim;
	unsigned int n = 0;

	while (n < trim->segments && io->range < io->nranges) {
		const struct vblk_trim_range *range = &io->ranges[io->range];
		uint64_t offset = range->offset + io->at, left = range->bytes - io->at;
		uint64_t piece = blk_range_piece(&trim->limits, offset, left);

		blk_range_put(&table[n++], offset, piece, trim->unmap);
		io->at += piece;
		if (piece == left) {
			io->range++;
			io->at = 0;
		}
	}
	return n;
}

/* Add the next request of a trim to the ring. A slot is free. */
static void add_request(struct vblk_queue *q, struct vblk_io *io, void *ctx)
{
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	const struct vblk_trim *trim = &q->trim;
	size_t first = (size_t)slot->id * trim->stride;
	unsigned int n = fill_table(q, io, trim->table + first);

	(*trim->count)++;
	blk_request_begin(slot, trim->type, 0);
	request_add(q, slot, ctx, trim->table_iova + first * sizeof(*trim->table),
		    (uint32_t)(n * sizeof(*trim->table)), UINT32_MAX, false);
}

/* Add the next request of a split trim; a request_add_next function. */
static bool add_next(struct vblk_queue *q, struct io_u *io_u, struct vblk_io *io)
{
	if (io->range == io->nranges)
		return false;
	add_request(q, io, context_part(io_u));
	return true;
}

/*
 * With zonemode=zbd, let fio reset the zone, so that fio's own state of the zone stays correct. If
 * fio only emulates the zones, nothing is sent to the device. Return true if the trim was such a
 * reset; the io_u is complete then.
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
 * trim_add - add the first requests of a trim to the ring
 * @q: queue with a free slot
 * @io_u: trim that trim_check() has accepted
 */
void trim_add(struct vblk_queue *q, struct io_u *io_u)
{
	struct vblk_io *io = request_io(io_u);

	io->at = 0;
	io->range = 0;
	if (count_segments(q, io) <= q->trim.segments)
		add_request(q, io, io_u);
	else
		split_begin(q, io_u, add_next);
}

/**
 * trim_check - check a trim in fio's queue()
 * @job: job
 * @q: queue
 * @io_u: request
 *
 * Returns FIO_Q_QUEUED if trim_add() can add the trim, or FIO_Q_COMPLETED if the trim was a zone
 * reset or is invalid.
 */
enum fio_q_status trim_check(struct vblk_job *job, struct vblk_queue *q, struct io_u *io_u)
{
	struct vblk_io *io = request_io(io_u);
	enum fio_q_status status;

	if (UNLIKELY(reset_zone(job, io_u, &status)))
		return status;
	if (UNLIKELY(!q->trim.limits.max_bytes))
		return request_refuse(
			job, q, io_u, io_u->offset, io_u->xfer_buflen,
			"is a trim of a kind (vblk_trim) that the device does not support");
	read_ranges(job, io_u, io);
	if (!check_ranges(q, io_u))
		return FIO_Q_COMPLETED;
	if (count_segments(q, io) > q->trim.segments) {
		if (q->strict)
			return request_refuse(
				job, q, io_u, io_u->offset, io_u->xfer_buflen,
				"is a trim that does not fit into one request of the device (vblk_strict)");
		q->stats.split_trims++;
	}
	return FIO_Q_QUEUED;
}
