// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which queues the keeper disables in the device: the queues that a job retired because it left
 * requests outstanding, and the queues of killed jobs. The keeper disables no other queue, whatever
 * requests are on the queue.
 */
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/keeper.h"
#include "engine/run.h"
#include "t/unit/unit.h"

enum { QUEUES = 3, JOBS = 3 };

static struct control_queue queues[QUEUES];
static struct control_job jobs[JOBS];
static struct control control;
static struct job_spec spec;
static struct vblk_device device;
static _Atomic uint32_t disabled[QUEUES];
static _Atomic uint32_t looks;

static int disable(struct transport *t, uint32_t index)
{
	(void)t;
	atomic_fetch_add(&disabled[index], 1);
	return 0;
}

/* The device always reports an event, which is TRANSPORT_EVENT_NONE. */
static enum transport_event poll_events(struct transport *t)
{
	(void)t;
	atomic_fetch_add(&looks, 1);
	return TRANSPORT_EVENT_NONE;
}

static int set_status(struct transport *t, uint8_t status)
{
	(void)t;
	(void)status;
	return 0;
}

static int get_status(struct transport *t, uint8_t *status)
{
	(void)t;
	*status = 0;
	return 0;
}

static void close_transport(struct transport *t)
{
	(void)t;
}

static const struct transport_ops ops = {
	.disable = disable,
	.poll_events = poll_events,
	.set_status = set_status,
	.get_status = get_status,
	.close = close_transport,
};

static void setup(void)
{
	uint32_t i;

	memset(queues, 0, sizeof(queues));
	memset(jobs, 0, sizeof(jobs));
	memset(disabled, 0, sizeof(disabled));
	control = (struct control){
		.nqueues = QUEUES,
		.njobs = JOBS,
		.queue = queues,
		.job = jobs,
		.running = JOBS,
	};
	for (i = 0; i < QUEUES; i++)
		queues[i].kick_fd = queues[i].call_fd = eventfd(0, EFD_NONBLOCK);
	for (i = 0; i < JOBS; i++)
		jobs[i].queue = i;
	device = (struct vblk_device){ .control = &control, .first = &spec, .keeper_fd = -1 };
	device.dev.transport.ops = &ops;
	for (i = 0; i < TRANSPORT_EVENTS; i++)
		device.dev.transport.event_fd[i] = -1;
	device.dev.transport.event_fd[0] = eventfd(1, EFD_NONBLOCK);
	CHECK_EQ(keeper_start(&device), 0);
}

static void teardown(void)
{
	keeper_end(&device);
}

/* Wait until the keeper has checked all jobs and devices since this call. */
static void await_look(void)
{
	uint32_t before = atomic_load(&looks);

	keeper_wake(&device);
	while (atomic_load(&looks) - before < 3)
		usleep(1000);
}

static void expect_disabled(uint32_t first, uint32_t second, uint32_t third)
{
	CHECK_EQ(atomic_load(&disabled[0]), first);
	CHECK_EQ(atomic_load(&disabled[1]), second);
	CHECK_EQ(atomic_load(&disabled[2]), third);
}

/*
 * A queue may hold requests although the job that the keeper looked at has ended: the next job has
 * added them. This alone must not disable the queue.
 */
START_TEST(requests_on_a_queue_are_no_reason)
{
	queues[0].vq.added = 5;
	atomic_store(&jobs[0].state, CONTROL_JOB_ENDED);
	await_look();
	expect_disabled(0, 0, 0);
	CHECK(!atomic_load(&queues[0].retired));
}
END_TEST

START_TEST(a_queue_that_was_left_is_disabled_once)
{
	queues[1].vq.added = 5;
	atomic_store(&queues[1].retired, 1);
	atomic_store(&jobs[1].state, CONTROL_JOB_ENDED);
	await_look();
	expect_disabled(0, 1, 0);
	await_look();
	expect_disabled(0, 1, 0);
}
END_TEST

/*
 * Run the third job as a process that runs until it is killed; wait until the keeper has seen it.
 */
static pid_t run_job_2(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		for (;;)
			pause();
	atomic_store(&jobs[2].pid, pid);
	atomic_store(&jobs[2].state, CONTROL_JOB_RUNNING);
	await_look();
	return pid;
}

START_TEST(a_killed_jobs_queue_is_retired_before_the_job_has_ended)
{
	pid_t pid = run_job_2();

	expect_disabled(0, 0, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (atomic_load(&jobs[2].state) != CONTROL_JOB_ENDED)
		;
	CHECK(atomic_load(&queues[2].retired));
	CHECK_EQ(atomic_load(&control.running), JOBS - 1);
	await_look();
	expect_disabled(0, 0, 1);
}
END_TEST

START_TEST(a_job_that_ended_in_order_and_then_died_leaves_its_queue_as_it_is)
{
	pid_t pid = run_job_2();

	atomic_store(&jobs[2].state, CONTROL_JOB_ENDED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	await_look();
	expect_disabled(0, 0, 0);
	CHECK(!atomic_load(&queues[2].retired));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keeper");
	TCase *tc = unit_tcase(suite, "queues", setup, teardown);

	tcase_add_test(tc, requests_on_a_queue_are_no_reason);
	tcase_add_test(tc, a_queue_that_was_left_is_disabled_once);
	tcase_add_test(tc, a_killed_jobs_queue_is_retired_before_the_job_has_ended);
	tcase_add_test(tc, a_job_that_ended_in_order_and_then_died_leaves_its_queue_as_it_is);
	return unit_main(suite);
}
