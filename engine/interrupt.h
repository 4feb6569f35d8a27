/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detects that a job is interrupted, that is, must end early: because of a signal to fio's main
 * process, the error of another job, a trigger, or a client that disconnects.
 *
 * td->terminate of fio does not show this, because fio also sets td->terminate at the end of
 * runtime=. A job whose runtime= is over waits for its outstanding requests as long as any other
 * job; an interrupted job waits for a shorter time. A mark for each job shows which jobs are
 * interrupted. The marks are in memory that is shared before the first job is forked, because fio
 * calls terminate() in several processes.
 */
#ifndef ENGINE_INTERRUPT_H
#define ENGINE_INTERRUPT_H

#include <stdbool.h>

struct thread_data;

void interrupt_watch(void);
bool interrupt_seen(const struct thread_data *td);
void interrupt_terminate(struct thread_data *td);

#endif
