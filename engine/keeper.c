// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/keeper.h"
#include "engine/reconnect.h"
#include "engine/run.h"
#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_start.h"
#include "vhost/transport/clock.h"

/* Timeout for messages to a device that has left requests unanswered. */
#define STUCK_TIMEOUT_MS 1000u

/* Time between two attempts to reach a back-end that went away. */
#define RETRY_MS 20

/* The poll set: file descriptors of the transport, the keeper's eventfd, and a pidfd per job. */
enum { POLL_DEVICE, POLL_WAKE = POLL_DEVICE + TRANSPORT_EVENTS, POLL_JOBS };

static void wake_fd(int fd)
{
	uint64_t one = 1;

	/* The write only fails if the counter is full, which wakes the reader too. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static void wake_jobs(const struct control *control)
{
	uint32_t i;

	for (i = 0; i < control->nqueues; i++) {
		wake_fd(control->queue[i].call_fd);
		if (control->queue[i].share)
			share_wake_all(control->queue[i].share);
	}
}

static void set_state(struct control *control, enum control_state state)
{
	/* Store the reason before the state: pairs with the acquire loads of @state in the jobs. */
	atomic_store_explicit(&control->state, state, memory_order_release);
	syscall(SYS_futex, &control->state, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	wake_jobs(control);
}

/* Put the transport's event file descriptors into the poll set. Without a connection, all of them
 * are -1. */
static void watch_device(struct vblk_device *device)
{
	const struct transport *t = &device->dev.transport;
	size_t i;

	for (i = 0; i < TRANSPORT_EVENTS; i++)
		device->keeper_poll[POLL_DEVICE + i] =
			(struct pollfd){ .fd = t->event_fd[i], .events = POLLIN | POLLRDHUP };
}

static void leave_device(struct vblk_device *device)
{
	transport_close(&device->dev.transport);
	watch_device(device);
}

static void lose(struct vblk_device *device, const char *reason)
{
	snprintf(device->control->reason, sizeof(device->control->reason), "%.*s",
		 (int)sizeof(device->control->reason) - 1, reason);
	leave_device(device);
	set_state(device->control, CONTROL_LOST);
}

static void job_ended(struct control *control, struct control_job *job)
{
	if (atomic_exchange(&job->state, CONTROL_JOB_ENDED) != CONTROL_JOB_ENDED)
		atomic_fetch_sub(&control->running, 1);
}

/* A device that leaves requests unanswered will probably not answer messages either. */
static void shorten_timeout(struct vblk_device *device)
{
	if (device->dev.transport.timeout_ms > STUCK_TIMEOUT_MS)
		device->dev.transport.timeout_ms = STUCK_TIMEOUT_MS;
}

/*
 * Disable queues that a job left with requests outstanding, so that the device stops using their
 * memory. Such queues are retired: no job uses them again. A job retires its queue in queue_fail()
 * before the job ends; check_jobs() retires the queues of killed jobs.
 */
static void disable_retired(struct vblk_device *device)
{
	struct control *control = device->control;
	uint32_t n;
	int ret;

	for (n = 0; n < control->nqueues && atomic_load(&control->state) == CONTROL_UP; n++) {
		struct control_queue *queue = &control->queue[n];

		if (queue->disabled || !atomic_load(&queue->retired))
			continue;
		queue->disabled = true;
		if (atomic_load(&control->unanswered))
			shorten_timeout(device);
		ret = blk_dev_disable_queue(&device->dev, n);
		/* If a single queue cannot be disabled, the device may still use the queue; the
		 * memory of the queue stays mapped. */
		if (ret && ret != -ENOTSUP)
			lose(device, device->dev.error.text);
	}
}

/* Retire the queue of a killed job. A shared queue is retired only if the job held its lock;
 * otherwise the other jobs of the queue continue. */
static void queue_job_killed(struct control_queue *queue, uint32_t sharer)
{
	if (!queue->share || share_job_killed(queue->share, sharer))
		atomic_store(&queue->retired, 1);
}

/* Watch the processes of the jobs, and retire the queues of jobs that were killed. */
static void check_jobs(struct vblk_device *device)
{
	struct control *control = device->control;
	uint32_t i;

	for (i = 0; i < control->njobs; i++) {
		struct control_job *job = &control->job[i];
		struct pollfd *watch = &device->keeper_poll[POLL_JOBS + i];
		uint32_t state = atomic_load(&job->state);
		bool killed = false;

		if (job->queue == CONTROL_NO_QUEUE)
			continue;

		if (state == CONTROL_JOB_RUNNING && watch->fd < 0 &&
		    atomic_load(&job->pid) != control->keeper) {
			watch->fd = (int)syscall(SYS_pidfd_open, atomic_load(&job->pid), 0);
			killed = watch->fd < 0 && errno == ESRCH;
		}
		if (watch->fd >= 0 && watch->revents) {
			/* Read the state again: the job may have ended normally in the meantime. */
			state = atomic_load(&job->state);
			killed = state == CONTROL_JOB_RUNNING;
		}
		watch->revents = 0;
		if (state == CONTROL_JOB_ENDED || killed) {
			if (watch->fd >= 0)
				close(watch->fd);
			watch->fd = -1;
		}
		if (!killed)
			continue;
		/* The queue of a killed job may be in any state. Retire the queue before the job is
		 * marked as ended: pairs with attach_queue(), which checks first that no other job
		 * runs on the queue, and then that the queue is not retired. */
		queue_job_killed(&control->queue[job->queue], job->sharer);
		job_ended(control, job);
	}
	disable_retired(device);
}

/* Wait up to @ms milliseconds for events other than those of the device, and check the jobs. Return
 * false if no job uses the device any more. */
static bool check_jobs_and_wait(struct vblk_device *device, int ms)
{
	struct pollfd *set = device->keeper_poll;
	uint64_t count;

	if (poll(set, POLL_JOBS + device->control->njobs, ms) > 0 && set[POLL_WAKE].revents &&
	    read(set[POLL_WAKE].fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return false;
	check_jobs(device);
	return atomic_load(&device->control->running);
}

/* The device did not come back: set the reason and the state LOST. */
static void give_up(struct vblk_device *device, const char *reason, bool in_use)
{
	struct reconnect *attempt = device->attempt;

	if (attempt->stage == RECONNECT_OPENED)
		blk_dev_close(&attempt->dev);
	if (attempt->stage != RECONNECT_REFUSED && in_use)
		snprintf(attempt->why, sizeof(attempt->why),
			 "%s and was not back within %llu ms (vblk_reconnect)%s%s", reason,
			 device->first->options.reconnect_us / 1000,
			 *attempt->error.text ? ": " : "", attempt->error.text);
	else if (attempt->stage != RECONNECT_REFUSED)
		snprintf(attempt->why, sizeof(attempt->why),
			 "%s and was not back before the last job ended", reason);
	lose(device, attempt->why);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The connection is gone: try to reconnect until the time limit vblk_reconnect is over. */
static void handle_disconnect(struct vblk_device *device, const char *reason)
{
	unsigned long long within_ms = device->first->options.reconnect_us / 1000;
	int64_t deadline = clock_now_ms() + (int64_t)within_ms;
	uint64_t began = now_ns();
	struct reconnect *attempt = device->attempt;
	struct control *control = device->control;
	bool in_use = true;

	attempt->stage = RECONNECT_OPEN;
	*attempt->error.text = 0;
	if (!within_ms) {
		lose(device, reason);
		return;
	}
	if (device->dev.zoned.model != BLK_ZONE_MODEL_NONE) {
		snprintf(
			attempt->why, sizeof(attempt->why),
			"%s (vblk_reconnect does not support zoned devices, because their writes cannot be repeated)",
			reason);
		lose(device, attempt->why);
		return;
	}
	leave_device(device);
	atomic_fetch_add(&control->epoch, 1);
	set_state(control, CONTROL_AWAY);
	/* The time limit applies until the back-end has been opened again. After that, the keeper
	 * waits without a limit for the jobs to park their queues; a job may be asleep. */
	while (attempt->stage < RECONNECT_DONE && in_use &&
	       (attempt->stage == RECONNECT_OPENED || clock_now_ms() < deadline)) {
		int64_t left = deadline - clock_now_ms();

		in_use = check_jobs_and_wait(device, RETRY_MS);
		if (in_use)
			reconnect_step(attempt, device, left > 1 ? (unsigned int)left : 1);
	}
	if (attempt->stage != RECONNECT_DONE) {
		give_up(device, reason, in_use);
		return;
	}
	control->away_ns = now_ns() - began;
	/* The requests were left unanswered by the previous instance of the back-end. */
	atomic_store(&control->unanswered, 0);
	watch_device(device);
	set_state(control, CONTROL_UP);
}

/* Handle events of the transport, after poll(). */
static void check_device(struct vblk_device *device)
{
	struct transport *t = &device->dev.transport;
	bool ready = false;
	enum transport_event event;
	struct error reason;
	size_t i;

	for (i = 0; i < TRANSPORT_EVENTS; i++)
		ready |= device->keeper_poll[POLL_DEVICE + i].fd >= 0 &&
			 device->keeper_poll[POLL_DEVICE + i].revents;
	if (!ready)
		return;
	event = t->ops->poll_events(t);
	if (event == TRANSPORT_EVENT_NONE)
		return;
	/* Make a copy: the functions below close or replace the transport that holds the text. */
	reason = t->error;
	if (event == TRANSPORT_EVENT_GONE)
		handle_disconnect(device, reason.text);
	else
		lose(device, reason.text);
}

static void stop(struct vblk_device *device)
{
	blk_dev_forget_inflight(&device->dev);
	if (atomic_load(&device->control->state) != CONTROL_UP)
		return;
	if (atomic_load(&device->control->unanswered))
		shorten_timeout(device);
	if (blk_dev_stop(&device->dev)) {
		watch_device(device);
		snprintf(device->control->reason, sizeof(device->control->reason), "%s",
			 device->dev.error.text);
		set_state(device->control, CONTROL_LOST);
	} else {
		set_state(device->control, CONTROL_STOPPED);
	}
}

/*
 * Answer jobs that ask for the capacity of the device (resize.c). A device that does not answer is
 * not treated as lost: jobs ask only after requests have failed, which fio reports.
 */
static void answer_size(struct vblk_device *device)
{
	struct control *control = device->control;
	uint32_t number = atomic_load(&control->size_requests);
	uint64_t bytes = 0;

	if (number == atomic_load(&control->size_answered) ||
	    atomic_load(&control->state) != CONTROL_UP || atomic_load(&control->unanswered))
		return;
	if (blk_dev_read_capacity(&device->dev, &bytes))
		bytes = 0;
	atomic_store(&control->size_bytes, bytes);
	/* Store the answer before its number: pairs with the acquire load in read_size(). */
	atomic_store_explicit(&control->size_answered, number, memory_order_release);
}

static void *keeper_main(void *arg)
{
	struct vblk_device *device = arg;
	struct control *control = device->control;
	struct pollfd *set = device->keeper_poll;

	/* clock_now_ms() has thread-local variables, which may be allocated at the first call. Call
	 * the function before the process forks. */
	clock_now_ms();
	sem_post(&device->keeper_ready);
	while (atomic_load(&control->running)) {
		uint64_t count;

		if (poll(set, POLL_JOBS + control->njobs, -1) < 0 && errno != EINTR &&
		    errno != EAGAIN)
			break;
		if (set[POLL_WAKE].revents && read(set[POLL_WAKE].fd, &count, sizeof(count)) < 0 &&
		    errno != EAGAIN)
			break;
		check_device(device);
		check_jobs(device);
		answer_size(device);
	}
	stop(device);
	return NULL;
}

/**
 * keeper_start - start the keeper of a device
 * @device: started device
 *
 * Returns 0 or a negative errno.
 */
int keeper_start(struct vblk_device *device)
{
	struct control *control = device->control;
	sigset_t all, before;
	uint32_t i;
	int ret;

	device->keeper_poll = calloc(POLL_JOBS + control->njobs, sizeof(*device->keeper_poll));
	device->attempt = calloc(1, sizeof(*device->attempt));
	device->keeper_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!device->keeper_poll || !device->attempt || device->keeper_fd < 0)
		return -ENOMEM;
	watch_device(device);
	device->keeper_poll[POLL_WAKE] =
		(struct pollfd){ .fd = device->keeper_fd, .events = POLLIN };
	for (i = 0; i < control->njobs; i++)
		device->keeper_poll[POLL_JOBS + i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	control->keeper = getpid();
	sem_init(&device->keeper_ready, 0, 0);

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&device->keeper, NULL, keeper_main, device);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret)
		return -ret;
	/* The process forks soon: wait until the thread has finished its initialization. */
	while (sem_wait(&device->keeper_ready) && errno == EINTR)
		;
	device->keeper_started = true;
	return 0;
}

/**
 * keeper_wake - make the keeper check the control page
 * @device: device
 */
void keeper_wake(const struct vblk_device *device)
{
	wake_fd(device->keeper_fd);
}

/**
 * keeper_lives - return true if the process of the keeper still runs
 * @control: control page of the device
 *
 * Only for use in the process of the keeper and in its child processes, the jobs.
 */
bool keeper_lives(const struct control *control)
{
	return getpid() == control->keeper || getppid() == control->keeper;
}

/**
 * keeper_await - wait for a change of the state of a device
 * @control: control page of the device
 * @state: enum control_state that the caller has read; if the state has changed since, the function
 *	   returns at once
 * @ms: longest wait, in milliseconds
 *
 * May return before the state changes: the caller must read the state again.
 */
void keeper_await(struct control *control, uint32_t state, unsigned int ms)
{
	struct timespec step = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	syscall(SYS_futex, &control->state, FUTEX_WAIT, state, &step, NULL, 0);
}

/**
 * keeper_wait_stopped - wait until the keeper has stopped a device that no job uses any more
 * @device: device
 *
 * The process can exit after this. Waits no longer than stopping the device can take.
 */
void keeper_wait_stopped(const struct vblk_device *device)
{
	struct control *control = device->control;
	/* Stopping a queue may take as long as the timeout of a message. */
	unsigned int rounds =
		(control->nqueues + 2) * (device->dev.transport.timeout_ms / 100) + 20;

	while (rounds-- && keeper_lives(control)) {
		uint32_t state = atomic_load_explicit(&control->state, memory_order_acquire);

		if (state != CONTROL_UP && state != CONTROL_AWAY)
			break;
		keeper_await(control, state, 100);
	}
}

/**
 * keeper_end - stop a device when the process that set it up exits
 * @device: device, whose jobs may not all have run
 */
void keeper_end(struct vblk_device *device)
{
	if (!device->keeper_started || device->control->keeper != getpid())
		return;
	atomic_store(&device->control->running, 0);
	keeper_wake(device);
	pthread_join(device->keeper, NULL);
	device->keeper_started = false;
}
