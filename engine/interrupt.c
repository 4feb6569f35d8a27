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

/* One mark per job, indexed by fio's number of the job minus 1: 1 = the job is interrupted. */
static _Atomic unsigned char *marks;

/* The signals at which fio ends a run, and fio's own actions for them. */
static const int signals[] = { SIGINT, SIGTERM };
static struct sigaction fio_action[ARRAY_SIZE(signals)];

static void __attribute__((constructor)) share_marks(void)
{
	void *memory = mmap(NULL, REAL_MAX_JOBS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	marks = memory == MAP_FAILED ? NULL : memory;
}

/* Wake the jobs that sleep on a queue. */
static void wake_queue(const struct control *control, uint32_t queue)
{
	uint64_t one = 1;

	if (control->queue[queue].share)
		share_wake_all(control->queue[queue].share);
	/* The write fails only if the counter is full, which also wakes the job. */
	if (write(control->queue[queue].call_fd, &one, sizeof(one)) < 0)
		return;
}

/* Handler of @signals in every process of the run: fio's main process and its jobs. */
static void on_signal(int number)
{
	const struct vblk_run *run = run_get();
	int error = errno;
	uint32_t n;
	size_t i;

	/* fio ends all jobs, but does not call terminate() for jobs that are already ending.
	 * So mark all jobs here. */
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
 * interrupt_watch - install a handler, in front of fio's, for the signals that end a run
 *
 * Must be called after fio has installed its own handlers; the handler of the engine calls
 * fio's handlers.
 * Only the first call has an effect. Jobs inherit the handler.
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
 * interrupt_seen - return true if a job is interrupted
 * @td: job
 */
bool interrupt_seen(const struct thread_data *td)
{
	const _Atomic unsigned char *mark = mark_of(td);

	return mark && atomic_load(mark);
}

/* Return true if the caller is a job that has finished without an error and ends the other jobs
 * because of exitall=. The other jobs then count as ended, not as interrupted. */
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
 * interrupt_terminate - the hook terminate() of fio: mark a job as interrupted and wake the job
 * @td: job
 *
 * fio calls this function in its main process, possibly from a signal handler, and in jobs that end
 * other jobs. With fio --server, the caller can be a process without any devices; it can set the
 * mark but cannot wake the job.
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
