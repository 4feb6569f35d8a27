// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/interrupt.h"
#include "engine/run.h"
#include "virtq/base.h"

/* A mark per job, by fio's number of the job. */
static _Atomic unsigned char *marks;

/* The signals that fio ends a run by, and what it does at each. */
static const int signals[] = { SIGINT, SIGTERM };
static struct sigaction fio_action[ARRAY_SIZE(signals)];

static void __attribute__((constructor)) share_marks(void)
{
	void *memory = mmap(NULL, REAL_MAX_JOBS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	marks = memory == MAP_FAILED ? NULL : memory;
}

/* Wakes who sleeps on a queue. */
static void wake_queue(const struct control *control, uint32_t queue)
{
	uint64_t one = 1;

	/* A full counter wakes as well. */
	if (write(control->queue[queue].call_fd, &one, sizeof(one)) < 0)
		return;
}

/* In every process of the run: fio's signals, of the main process and of its jobs, end up here. */
static void on_signal(int number)
{
	const struct vblk_run *run = run_get();
	int error = errno;
	uint32_t n;
	size_t i;

	/* fio ends all jobs, and does not call terminate() for those that are about to end anyway.
	 */
	for (i = 0; marks && i < REAL_MAX_JOBS; i++)
		atomic_store(&marks[i], 1);
	for (i = 0; i < run->ndevices; i++)
		for (n = 0; run->devices[i]->keeper_started && n < run->devices[i]->nqueues; n++)
			wake_queue(run->devices[i]->control, n);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (signals[i] == number)
			fio_action[i].sa_handler(number);
	errno = error;
}

static void watch(void)
{
	struct sigaction action;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		if (sigaction(signals[i], NULL, &action) || action.sa_flags & SA_SIGINFO ||
		    action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN ||
		    action.sa_handler == on_signal)
			continue;
		fio_action[i] = action;
		action.sa_handler = on_signal;
		sigaction(signals[i], &action, NULL);
	}
}

/**
 * interrupt_watch - see the signals that end a run, before fio does
 *
 * To be called when fio has set up its own handlers, which are called from here. Does something
 * only the first time.
 */
void interrupt_watch(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch);
}

static _Atomic unsigned char *mark_of(const struct thread_data *td)
{
	unsigned int index = (unsigned int)td->thread_number - 1;

	return marks && index < REAL_MAX_JOBS ? &marks[index] : NULL;
}

/**
 * interrupt_seen - was a job told to end before its time?
 * @td: job
 */
bool interrupt_seen(const struct thread_data *td)
{
	const _Atomic unsigned char *mark = mark_of(td);

	return mark && atomic_load(mark);
}

/* Is the caller a job that has done all it was to do, and ends the others by exitall=? */
static bool called_by_exitall(void)
{
	pid_t self = (pid_t)syscall(SYS_gettid);
	bool so = false;

	VBLK_FOR_EACH_TD(td)
	{
		so |= td->pid == self && td->runstate == TD_FINISHING && !td->error;
	}
	VBLK_END_FOR_EACH_TD();
	return so;
}

/**
 * interrupt_terminate - fio's terminate(): a job is to end
 * @td: job
 *
 * Called in fio's main process, from a signal handler too, and in jobs that end others. Under
 * fio --server that is a process which knows of no device, so that only the mark gets through.
 */
void interrupt_terminate(struct thread_data *td)
{
	const struct vblk_run *run = run_get();
	_Atomic unsigned char *mark = mark_of(td);
	size_t index, i;

	if (mark && !called_by_exitall())
		atomic_store(mark, 1);
	if (!run_job(td, &index))
		return;
	for (i = 0; i < run->ndevices; i++) {
		const struct vblk_device *device = run->devices[i];
		uint32_t queue = device->keeper_started ? device->control->job[index].queue
							: CONTROL_NO_QUEUE;

		if (queue != CONTROL_NO_QUEUE)
			wake_queue(device->control, queue);
	}
}
