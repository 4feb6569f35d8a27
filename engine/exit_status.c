// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/compat.h"
#include "engine/exit_status.h"

/* A mark per job, by fio's number of it, that is there from the job's set-up until it ends without
 * an error; shared by all processes of the run. */
static _Atomic unsigned char *marks;
static pid_t main_process;

/* At the end of fio's main process; its jobs leave without. */
static void at_exit(int status, void *arg)
{
	unsigned int failed = 0, i;

	(void)arg;
	if (getpid() != main_process || (status & 0xff))
		return;
	for (i = 0; i < REAL_MAX_JOBS; i++)
		failed += atomic_load(&marks[i]);
	/* The C library goes on from here with this status, whatever remains to be done. */
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
 * exit_status_job_begins - a job is set up, or starts: until it has ended well, it has failed
 * @td: job
 */
void exit_status_job_begins(const struct thread_data *td)
{
	set_mark(td, 1);
}

/**
 * exit_status_job_ends - a job has ended
 * @td: job; @td->error says how
 */
void exit_status_job_ends(const struct thread_data *td)
{
	if (!td->error)
		set_mark(td, 0);
}
