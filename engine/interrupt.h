/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Was a job told to end before its time?
 *
 * fio's td->terminate does not say: the end of runtime= sets it, too, and then the job still has
 * all the time its device needs. An interrupt is a signal to fio's main process, another job's
 * error, a trigger, a client that gives up. The word is kept in memory that all processes of a run
 * share from before the first of them is forked, because fio calls terminate() in several of them.
 */
#ifndef ENGINE_INTERRUPT_H
#define ENGINE_INTERRUPT_H

#include <stdbool.h>

struct thread_data;

void interrupt_watch(void);
bool interrupt_seen(const struct thread_data *td);
void interrupt_terminate(struct thread_data *td);

#endif
