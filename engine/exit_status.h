/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio's exit status is the number of jobs that failed, of which a parent sees the lowest eight
 * bits: 256 of them look like none. A job that was killed, or did not start in time, fio does not
 * count at all. A run in which a job with this engine failed does not end with status 0.
 */
#ifndef ENGINE_EXIT_STATUS_H
#define ENGINE_EXIT_STATUS_H

struct thread_data;

void exit_status_job_begins(const struct thread_data *td);
void exit_status_job_ends(const struct thread_data *td);

#endif
