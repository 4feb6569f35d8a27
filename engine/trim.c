// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trims: discard, write zeroes or secure erase, as vblk_trim= says; with zonemode=zbd the reset of
 * a zone.
 *
 * fio knows nothing of the device's limits, so what exceeds a request becomes several: they go out
 * together, and the io_u has completed when the last of them is back (reap.c).
 */
#include <string.h>

#include "engine/context.h"
#include "engine/submit.h"
#include "virtq/virtq_ops.h"

/**
 * struct trim - a trim on its way
 * @ranges: what is to be trimmed
 * @nranges: how many
 * @segments: segments of all of them
 * @requests: requests that takes
 */
struct trim {
	const struct vblk_trim_range *ranges;
	unsigned int nranges;
	uint64_t segments;
	uint64_t requests;
};

/* Adds up what it takes; false: it can't be sent, of which the user was told. */
static bool plan(struct vblk_job *job, const struct vblk_queue *q, struct io_u *io_u,
		 struct trim *trim)
{
	const struct vblk_trim *how = &q->trim;
	unsigned int i;

	trim->segments = 0;
	for (i = 0; i < trim->nranges; i++) {
		uint64_t offset = trim->ranges[i].offset, left = trim->ranges[i].bytes;

		if (submit_out_of_place(q, offset, left) || offset % how->granularity_bytes ||
		    left % how->granularity_bytes) {
			submit_refuse(job, q, io_u, offset, left,
				      "is not whole units of what the device can erase");
			return false;
		}
		while (left) {
			uint64_t piece = blk_range_piece(&how->limits, offset, left);

			trim->segments++;
			offset += piece;
			left -= piece;
		}
	}
	trim->requests = (trim->segments + how->segments - 1) / how->segments;
	if (trim->requests <= queue_room(q))
		return true;
	submit_refuse(job, q, io_u, trim->ranges[0].offset, trim->ranges[0].bytes,
		      "takes more requests than the ring holds");
	return false;
}

/* One request of @n segments; only a request that is all of its io_u carries it as it is. */
static void add_request(struct vblk_queue *q, struct virtq_slot *slot, struct io_u *io_u,
			unsigned int n, bool part)
{
	const struct vblk_trim *how = &q->trim;
	size_t place = (size_t)slot->id * how->segments * sizeof(*how->table);

	(*how->count)++;
	q->apart += part;
	blk_request_begin(slot, how->type, 0);
	virtq_add(q->vq, slot, part ? context_part(io_u) : io_u, how->table_iova + place,
		  (uint32_t)(n * sizeof(*how->table)), UINT32_MAX, false);
}

static enum fio_q_status add_requests(struct vblk_queue *q, struct io_u *io_u,
				      const struct trim *trim)
{
	const struct vblk_trim *how = &q->trim;
	struct virtq_slot *slot = virtq_slot_free(q->vq);
	bool part = trim->requests > 1;
	unsigned int i, n = 0;

	if (part) {
		q->stats.split_trims++;
		io_u->engine_data = (void *)(trim->requests * CONTEXT_LEFT_ONE);
	}
	for (i = 0; i < trim->nranges; i++) {
		uint64_t offset = trim->ranges[i].offset, left = trim->ranges[i].bytes;

		while (left) {
			uint64_t piece = blk_range_piece(&how->limits, offset, left);

			if (n == how->segments) {
				add_request(q, slot, io_u, n, part);
				slot = virtq_slot_free(q->vq);
				n = 0;
			}
			blk_range_put(&how->table[slot->id * how->segments + n++], offset, piece,
				      how->unmap);
			offset += piece;
			left -= piece;
		}
	}
	add_request(q, slot, io_u, n, part);
	return submit_queued(q, io_u);
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
	submit_stamp(job->td, io_u);
	ret = zbd_do_io_u_trim(job->td, io_u);
	if (!ret)
		return false;
	*status = submit_complete(job->td, io_u, ret < 0 ? -ret : 0);
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
	struct vblk_trim_range single = { io_u->offset, io_u->xfer_buflen };
	struct trim trim = { .ranges = &single, .nranges = 1 };
	enum fio_q_status status;

	if (UNLIKELY(reset_zone(job, io_u, &status)))
		return status;
	if (job->trim_ranges) {
		/* A copy: the buffer is the device's to write, too. */
		trim.nranges = vblk_trim_ranges(io_u, job->trim_ranges);
		trim.ranges = job->trim_ranges;
	}
	if (UNLIKELY(!q->trim.limits.max_bytes))
		return submit_refuse(job, q, io_u, single.offset, single.bytes,
				     "is a trim of a kind that the device does not do (vblk_trim)");
	if (!plan(job, q, io_u, &trim))
		return FIO_Q_COMPLETED;
	if (trim.requests + virtq_outstanding(q->vq) > queue_room(q))
		return submit_busy(q);
	return add_requests(q, io_u, &trim);
}
