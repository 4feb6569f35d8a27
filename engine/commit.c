// SPDX-License-Identifier: GPL-2.0-only
/* Publishing the requests that were added since the last commit(), and sending available buffer
 * notifications to the devices that want them. */
#include "engine/commit.h"
#include "engine/job.h"
#include "engine/shared_queue.h"
#include "virtq/base.h"
#include "virtq/virtq_ops.h"

static inline __attribute__((always_inline)) void publish(struct vblk_queue *q)
{
	unsigned int outstanding = virtq_outstanding(q->vq);

	q->stats.publishes++;
	if (outstanding > q->stats.depth)
		q->stats.depth = outstanding;
	if (virtq_publish(q->vq)) {
		q->stats.kicks++;
		/* A kick fails only if the counter of the eventfd is full, which also wakes the
		 * device. */
		transport_kick(&q->kick, virtq_next(q->vq));
	}
}

/**
 * commit_publish - publish the requests added to a queue, and notify the device if necessary
 * @q: queue
 */
void commit_publish(struct vblk_queue *q)
{
	publish(q);
}

/* Set the issue time of a queue's new requests, and tell fio that they are issued. This happens
 * before the requests are published, because a fast device may complete them at once. */
static inline void stamp(struct thread_data *td, const struct vblk_job *job, struct io_u **io_u,
			 unsigned int n)
{
	struct timespec now;

	fio_gettime(&now, NULL);
	do {
		(*io_u)->issue_time = now;
		if (LIKELY(job->account))
			io_u_queued(td, *io_u);
		io_u++;
	} while (--n);
	if (UNLIKELY(job->replays))
		td->last_issue = now;
}

/* Publish the io_us that fio has queued, with their issue time. */
static __attribute__((noinline)) void commit_queue(struct vblk_queue *q)
{
	struct thread_data *td = q->td;
	unsigned int n = q->nqueued;

	if (LIKELY(q->job->stamp))
		stamp(td, q->job, q->queued, n);
	q->nqueued = 0;
	publish(q);
	io_u_mark_submit(td, n);
}

/**
 * commit_job - publish all io_us that fio has queued since the last commit
 * @job: job
 */
__attribute__((noinline)) void commit_job(struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++)
		if (!job->queue[i].nqueued)
			continue;
		else if (job->queue[i].share)
			shared_commit(&job->queue[i]);
		else
			commit_queue(&job->queue[i]);
}

/**
 * vblk_commit - fio's commit()
 * @td: fio's view of the job
 */
int vblk_commit(struct thread_data *td)
{
	struct vblk_job *job = td->io_ops_data;

	if (UNLIKELY(!job->simple))
		commit_job(job);
	else if (job->queue->nqueued)
		commit_queue(job->queue);
	return 0;
}
