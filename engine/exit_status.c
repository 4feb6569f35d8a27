// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/compat.h"
#include "engine/exit_status.h"

/* One mark per job, indexed by fio's number of the job minus 1. A mark is 1 from the start of the
 * job until the job has ended without an error. All processes of the run share the marks. */
static _Atomic unsigned char *marks;
static pid_t main_process;

/* Exit handler, which takes effect only in fio's main process and not in the processes of jobs. */
static void at_exit(int status, void *arg)
{
	unsigned int failed = 0, i;

	(void)arg;
	if (getpid() != main_process || (status & 0xff))
		return;
	for (i = 0; i < REAL_MAX_JOBS; i++)
		failed += atomic_load(&marks[i]);
	/* The C library runs the remaining exit handlers and then exits with this status. */
	if (status || failed)
		exit(EXIT_FAILURE);
}

static void __attribute__((constructor)) watch_exit(void)
{
	void *memory = mmap(NULL, REAL_MAX_JOBS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED)
		return;
	marks = memory;
	main_process = getpid();
	on_exit(at_exit, NULL);
}

static void set_mark(const struct thread_data *td, unsigned char mark)
{
	unsigned int index = (unsigned int)td->thread_number - 1;

	if (marks && index < REAL_MAX_JOBS)
		atomic_store(&marks[index], mark);
}

/**
 * exit_status_job_begins - mark a job as failed until it has ended without an error
 * @td: job that starts
 */
void exit_status_job_begins(const struct thread_data *td)
{
	set_mark(td, 1);
}

/**
 * exit_status_job_ends - remove the mark of a job that has ended, if it ended without an error
 * @td: job; @td->error is its error
 */
void exit_status_job_ends(const struct thread_data *td)
{
	if (!td->error)
		set_mark(td, 0);
}
