// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening and closing of files.
 *
 * fio requires a file descriptor in each open file, and itself calls functions such as lseek() and
 * fsync() on the descriptor. A device of this engine has no such descriptor. An empty file that
 * cannot be changed stands in for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "engine/command.h"
#include "engine/files.h"
#include "engine/job.h"
#include "engine/run.h"
#include "vhost/blk/blk_status.h"

static int stand_in = -1;

static void make_stand_in(void)
{
	stand_in = memfd_create("vblk-file", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (stand_in >= 0)
		fcntl(stand_in, F_ADD_SEALS,
		      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

/**
 * files_stand_in - return the file descriptor to use for every open file
 *
 * The descriptor refers to an empty file that cannot be written. The process has
 * one such descriptor, which stays open until the process ends. Returns -1 if the file cannot be
 * created.
 */
int files_stand_in(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_stand_in);
	return stand_in;
}

/* Flush the device for fsync_on_close=. Return 0 or a positive errno. A failure has been reported
 * to the user. */
static int flush(struct vblk_job *job, struct vblk_queue *q)
{
	struct thread_data *td = job->td;
	char why[96] = "the device is away";
	uint8_t status;
	int ret;

	/* In write-through mode, every completed write is durable. */
	if (!q->writeback)
		return 0;
	ret = command_run(job, q, VIRTIO_BLK_T_FLUSH, 0, 0, false, &status);
	if (!ret)
		return 0;
	/* If the queue has failed, the reason was reported when it failed. */
	if (q->state == QUEUE_LIVE)
		blk_status_describe(status, why, sizeof(why));
	if (q->state != QUEUE_FAILED)
		log_err("vblk: %s: job '%s': fsync_on_close=1: the flush failed: %s\n",
			q->device->path, td->o.name, why);
	/* fio ignores the result of close_file() in some places: set the job's error here. */
	if (!td->error && !td->o.continue_on_error)
		td_verror(td, -ret, "fsync_on_close");
	return -ret;
}

/**
 * files_close - the hook close_file() of fio
 * @td: job
 * @f: file that stands for a device
 *
 * With fsync_on_close=, fio calls fsync() on the stand-in descriptor before it calls this hook. The
 * hook flushes the device under the same condition. Returns 0 or a positive errno.
 */
int files_close(struct thread_data *td, struct fio_file *f)
{
	struct vblk_job *job = td->io_ops_data;
	int ret = 0;

	if (job && td->o.fsync_on_close && should_fsync(td))
		ret = flush(job, FILE_ENG_DATA(f));
	f->fd = -1;
	return ret;
}
