/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio's exit status is the number of jobs that failed, of which a parent sees the lowest eight
 * bits: 256 of them look like none. A job that was killed, or did not start in time, fio does not
 * count at all. A run in which a job with this engine failed does not end with status 0.
 */
#ifndef ENGINE_VERDICT_H
#define ENGINE_VERDICT_H

struct thread_data;

void verdict_begin(const struct thread_data *td);
void verdict_end(const struct thread_data *td);

#endif
