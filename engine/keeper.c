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

/* Longest wait for the answers of a device that is stuck. */
#define STUCK_TIMEOUT_MS 1000u

/* Time between two attempts to reach a back-end that went away. */
#define RETRY_MS 20

/* The poll set: the device, the wake-up, and a process per job. */
enum { POLL_DEVICE, POLL_WAKE = POLL_DEVICE + TRANSPORT_EVENTS, POLL_JOBS };

static void wake_fd(int fd)
{
	uint64_t one = 1;

	/* A full counter wakes as well. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static void wake_jobs(const struct control *control)
{
	uint32_t i;

	for (i = 0; i < control->nqueues; i++)
		wake_fd(control->queue[i].call_fd);
}

static void set_state(struct control *control, enum control_state state)
{
	/* The reason before the state: pairs with the acquire load of those who look. */
	atomic_store_explicit(&control->state, state, memory_order_release);
	syscall(SYS_futex, &control->state, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	wake_jobs(control);
}

/* From now on; nothing, while there is no connection. */
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

/* From a device that leaves requests unanswered no answer is to be expected to messages either. */
static void shorten_timeout(struct vblk_device *device)
{
	if (device->dev.transport.timeout_ms > STUCK_TIMEOUT_MS)
		device->dev.transport.timeout_ms = STUCK_TIMEOUT_MS;
}

/*
 * A queue that a job left with requests outstanding is taken from the device, and never given to
 * anyone again. Jobs say so themselves (queue_fail()), before they end; of those that were
 * killed check_jobs() does.
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
		/* A back-end that can't be told goes on with the queue; its memory stays where it
		 * is. */
		if (ret && ret != -ENOTSUP)
			lose(device, device->dev.error.text);
	}
}

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
			/* It may have ended in order just before. */
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
		/* Its queue may be in any state. Said before the job has ended: pairs with
		 * attach_queue(), which looks whether it has, and then whether the queue is good.
		 */
		atomic_store(&control->queue[job->queue].retired, 1);
		job_ended(control, job);
	}
	disable_retired(device);
}

/* Looks at everything but the device for a moment; false: nobody uses it any more. */
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

/* Why there is no connection any more, and will be none. */
static void give_up(struct vblk_device *device, const char *reason, bool wanted)
{
	struct reconnect *attempt = device->attempt;

	if (attempt->stage == RECONNECT_OPENED)
		blk_dev_close(&attempt->dev);
	if (attempt->stage != RECONNECT_REFUSED && wanted)
		snprintf(attempt->why, sizeof(attempt->why),
			 "%s and was not back within %llu ms (vblk_reconnect)%s%s", reason,
			 device->first->options.reconnect_us / 1000,
			 *attempt->error.text ? ": " : "", attempt->error.text);
	else if (attempt->stage != RECONNECT_REFUSED)
		snprintf(attempt->why, sizeof(attempt->why), "%s and is not back", reason);
	lose(device, attempt->why);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The connection is gone: tries to make another, for as long as the user wants that. */
static void handle_disconnect(struct vblk_device *device, const char *reason)
{
	unsigned long long within_ms = device->first->options.reconnect_us / 1000;
	int64_t deadline = clock_now_ms() + (int64_t)within_ms;
	uint64_t began = now_ns();
	struct reconnect *attempt = device->attempt;
	struct control *control = device->control;
	bool wanted = true;

	attempt->stage = RECONNECT_OPEN;
	*attempt->error.text = 0;
	if (!within_ms) {
		lose(device, reason);
		return;
	}
	if (device->dev.zoned.model != BLK_ZONE_MODEL_NONE) {
		snprintf(attempt->why, sizeof(attempt->why),
			 "%s (vblk_reconnect is not for zoned devices: their writes cannot be "
			 "repeated)",
			 reason);
		lose(device, attempt->why);
		return;
	}
	leave_device(device);
	atomic_fetch_add(&control->epoch, 1);
	set_state(control, CONTROL_AWAY);
	/* A back-end that is there waits for the jobs as they do for it: one may be asleep. */
	while (attempt->stage < RECONNECT_DONE && wanted &&
	       (attempt->stage == RECONNECT_OPENED || clock_now_ms() < deadline)) {
		int64_t left = deadline - clock_now_ms();

		wanted = check_jobs_and_wait(device, RETRY_MS);
		if (wanted)
			reconnect_step(attempt, device, left > 1 ? (unsigned int)left : 1);
	}
	if (attempt->stage != RECONNECT_DONE) {
		give_up(device, reason, wanted);
		return;
	}
	control->away_ns = now_ns() - began;
	/* That was another instance. */
	atomic_store(&control->unanswered, 0);
	watch_device(device);
	set_state(control, CONTROL_UP);
}

/* Something has become of the device, or may have. */
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
	/* The connection is about to be another one. */
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
 * Answers jobs that ask for the device's size (resize.c). A device that gives no answer is left as
 * it is: its jobs have failed requests already, and what is wrong is theirs to say.
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
	/* The answer before its number: pairs with the job's acquire load. */
	atomic_store_explicit(&control->size_answered, number, memory_order_release);
}

static void *keeper_main(void *arg)
{
	struct vblk_device *device = arg;
	struct control *control = device->control;
	struct pollfd *set = device->keeper_poll;

	/* The clock has memory for each thread, which is made at the first look: not while the
	 * process forks. */
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
 * keeper_start - begin to look after a device
 * @device: device, started
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
	/* The process is about to fork: no thread of it may be half-way through its start. */
	while (sem_wait(&device->keeper_ready) && errno == EINTR)
		;
	device->keeper_started = true;
	return 0;
}

/**
 * keeper_wake - have the keeper look at the control page
 * @device: device
 */
void keeper_wake(const struct vblk_device *device)
{
	wake_fd(device->keeper_fd);
}

/**
 * keeper_lives - does the process that the keeper is in still run?
 * @control: control page of its device
 *
 * To be asked by that process and its children, the jobs.
 */
bool keeper_lives(const struct control *control)
{
	return getpid() == control->keeper || getppid() == control->keeper;
}

/**
 * keeper_await - wait for a device to leave a state
 * @control: its control page
 * @state: enum control_state it is in
 * @ms: longest wait, in milliseconds
 */
void keeper_await(struct control *control, uint32_t state, unsigned int ms)
{
	struct timespec step = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	syscall(SYS_futex, &control->state, FUTEX_WAIT, state, &step, NULL, 0);
}

/**
 * keeper_wait_stopped - wait until a device that no job uses any more has been stopped
 * @device: device
 *
 * The process may leave without further ado afterwards. Waits no longer than stopping can take.
 */
void keeper_wait_stopped(const struct vblk_device *device)
{
	struct control *control = device->control;
	/* Each queue's stop may take as long as an answer may. */
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
 * keeper_end - stop a device whose jobs will not all run, when the process that set it up ends
 * @device: device
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
