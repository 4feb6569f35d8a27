// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/command.h"
#include "engine/context.h"
#include "engine/job.h"
#include "engine/request.h"
#include "engine/settle.h"
#include "engine/split.h"
#include "vhost/blk/blk_status.h"
#include "virtq/base.h"

/**
 * settle_errdetails - describe why a request failed
 * @io_u: request that ended with an error
 *
 * Returns a text that the caller frees, or NULL if out of memory.
 */
char *settle_errdetails(const struct io_u *io_u)
{
	unsigned int ended = request_io(io_u)->ended;
	char why[96] = "the device did not answer the request", *text;

	if (ended == VBLK_NOT_SENT)
		snprintf(why, sizeof(why), "the request was not sent to the device");
	else if (ended != VBLK_NO_ANSWER)
		blk_status_describe((uint8_t)ended, why, sizeof(why));
	return asprintf(&text, "vblk: %s", why) < 0 ? NULL : text;
}

/*
 * Report a failed flush and fail the job, in versions of fio that would otherwise ignore the error
 * and continue as if the data were durable. The message has the format of fio's own messages.
 */
static void flush_failed(const struct vblk_queue *q, struct io_u *io_u)
{
	struct thread_data *td = q->td;
	char *details;

	if (!VBLK_FIO_LOSES_SYNC_ERRORS || !ddir_sync(io_u->ddir))
		return;
	details = settle_errdetails(io_u);
	log_err("fio: io_u error on file %s: %s: %s offset=%llu, buflen=%llu\n",
		io_u->file->file_name, strerror((int)io_u->error), io_ddir_name(io_u->ddir),
		io_u->offset, (unsigned long long)io_u->buflen);
	if (details)
		log_err("fio: %s\n", details);
	free(details);
	if (!td->error && !td->o.continue_on_error)
		td_verror(td, (int)io_u->error, "flush");
}

/**
 * settle_error - record the error of a request whose status is not OK
 * @arg: queue of the request, a struct vblk_queue
 * @ctx: context of the request
 * @status: status byte, which is kept for errdetails()
 *
 * A function of type virtq_on_error.
 */
void settle_error(void *arg, void *ctx, unsigned char status)
{
	struct vblk_queue *q = arg;
	struct io_u *io_u = context_of(ctx);

	q->stats.errors++;
	q->io_errors |= status == VIRTIO_BLK_S_IOERR;
	if (UNLIKELY(context_kind(ctx) == CONTEXT_COMMAND)) {
		((struct vblk_command *)context_of(ctx))->status = status;
		return;
	}
	/* If several requests of an io_u fail, fio gets the error of the first. */
	if (context_kind(ctx) == CONTEXT_PART && io_u->error)
		return;
	io_u->error = (unsigned int)blk_status_error(status, q->zoned);
	request_io(io_u)->ended = status;
	flush_failed(q, io_u);
}

/**
 * settle_tagged - handle the completion of a request with a tagged context
 * @q: queue; further requests of a split io_u are added only if the queue is live
 * @ctx: context of the request
 *
 * Returns the io_u if all of its requests have completed, otherwise NULL.
 */
struct io_u *settle_tagged(struct vblk_queue *q, void *ctx)
{
	q->tagged--;
	if (context_kind(ctx) == CONTEXT_PART)
		return split_settle(q, context_of(ctx));
	((struct vblk_command *)context_of(ctx))->done = true;
	return NULL;
}

/**
 * settle_unanswered - complete an io_u whose device does not answer
 * @q: failed queue
 * @io_u: io_u, which gets the error of the queue
 */
void settle_unanswered(struct vblk_queue *q, struct io_u *io_u)
{
	io_u->error = (unsigned int)q->error;
	request_io(io_u)->ended = VBLK_NO_ANSWER;
	q->stats.errors++;
	flush_failed(q, io_u);
}
