// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fio does to its files beside reading and writing them.
 *
 * It keeps a descriptor in each open file, which it seeks in and syncs by itself. The device has
 * none to give: one that nothing can be done to stands in for it.
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
 * files_stand_in - the descriptor of every open file
 *
 * One for the whole process, which stays open as long as that: an empty file that nobody can write
 * to. Returns -1 if it can't be had.
 */
int files_stand_in(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_stand_in);
	return stand_in;
}

/* What fsync_on_close= is for: returns 0 or a positive errno, of which the user was told. */
static int flush(struct vblk_job *job, struct vblk_queue *q)
{
	struct thread_data *td = job->td;
	char why[96] = "the device is away";
	uint8_t status;
	int ret;

	/* A device without a volatile cache has what it acknowledged. */
	if (!q->writeback)
		return 0;
	ret = command_run(job, q, VIRTIO_BLK_T_FLUSH, 0, 0, false, &status);
	if (!ret)
		return 0;
	/* Why a queue was given up was said before. */
	if (q->state == QUEUE_LIVE)
		blk_status_describe(status, why, sizeof(why));
	if (q->state != QUEUE_FAILED)
		log_err("vblk: %s: job '%s': fsync_on_close=1: the flush failed: %s\n",
			q->device->path, td->o.name, why);
	/* fio does not look at the result in all places. */
	if (!td->error && !td->o.continue_on_error)
		td_verror(td, -ret, "fsync_on_close");
	return -ret;
}

/**
 * files_close - fio's close_file()
 * @td: job
 * @f: its device
 *
 * Where fio has synced the descriptor just before, the device is told to.
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
