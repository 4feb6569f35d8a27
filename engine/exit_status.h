/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ensures that a run in which a job with this engine failed does not end with exit status 0.
 *
 * fio's exit status is the number of jobs that failed. A parent process sees only the lowest eight
 * bits of it, so 256 failed jobs look like success. In addition, fio does not count jobs that were
 * killed or did not start in time.
 */
#ifndef ENGINE_EXIT_STATUS_H
#define ENGINE_EXIT_STATUS_H

struct thread_data;

void exit_status_job_begins(const struct thread_data *td);
void exit_status_job_ends(const struct thread_data *td);

#endif
