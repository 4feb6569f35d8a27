// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for completions: spinning, sleeping, and detecting that nothing more will complete.
 *
 * In normal operation, the control page and the clock are read only here, while the job has nothing
 * else to do.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "engine/command.h"
#include "engine/interrupt.h"
#include "engine/job.h"
#include "engine/keeper.h"
#include "engine/park.h"
#include "engine/reap.h"
#include "engine/report.h"
#include "engine/run.h"
#include "engine/shared_queue.h"
#include "engine/stuck.h"
#include "engine/wait.h"
#include "virtq/virtq_ops.h"

#define MS 1000000ull

/* Longest sleep. The job wakes up by itself after this time, because the device may fail to send a
 * notification, or the keeper may be killed. */
#define SLEEP_MS 100

/* Time that a device has to send the notification of a used request. */
#define GRACE_MS 100

/* Number of times that the rings are checked between two reads of the clock. */
#define SPIN_ROUNDS 64

/* Time between two checks of the control page while spinning. */
#define CHECK_NS (1 * MS)

/* While completions arrive more often than this, the job does not check that the keeper runs. */
#define QUIET_NS (100 * MS)

/* Time that a device has to complete the outstanding requests after the run is interrupted. */
#define TERMINATE_NS (5000 * MS)

/*
 * A wait reads the clock far more often than this. After a longer gap, the process was not running
 * (it was stopped, its cgroup was frozen, or the machine was paused), and the gap does not count as
 * time that the device took.
 */
#define FROZEN_NS (1000 * MS)

/* Maximum number of devices in one poll(). The array is on the stack. */
#define SLEEP_FDS 16

/**
 * struct waiting - state of one call of job_wait()
 * @began: start of the call
 * @progress: time of the last completion, at first the start of the call
 * @since: time of the last completion, not corrected for gaps
 * @last_read: time of the last read of the clock
 * @checked: time of the last check of the control page
 * @ending: time at which the wait found the job interrupted, 0 = the job is not interrupted
 * @slept: the job has slept
 * @warned: the user was warned about the device after @progress, by this job or another one
 *
 * All times are in nanoseconds of CLOCK_MONOTONIC. After a gap in which the process did not run,
 * @began, @progress and @ending are moved forward by the length of the gap, so that the gap does
 * not count.
 */
struct waiting {
	uint64_t began;
	uint64_t progress;
	uint64_t since;
	uint64_t last_read;
	uint64_t checked;
	uint64_t ending;
	bool slept;
	bool warned;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t read_clock(struct waiting *w)
{
	uint64_t now = now_ns(), gap = now - w->last_read;

	w->last_read = now;
	if (gap > FROZEN_NS) {
		w->began += gap;
		w->progress += gap;
		w->ending += w->ending ? gap : 0;
	}
	return now;
}

static void note_progress(struct waiting *w, uint64_t now)
{
	w->progress = w->since = now;
	w->warned = false;
}

/* Return true if a queue of the job is parked, because its device is away. */
static bool parked(const struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].state == QUEUE_PARKED)
			return true;
	return false;
}

/* Check everything that can end the wait, except completions. Return the number of requests in
 * job->events. */
static unsigned int check(struct vblk_job *job, struct waiting *w, uint64_t now, unsigned int n,
			  unsigned int max)
{
	bool quiet = parked(job) || now - w->progress >= QUIET_NS;
	unsigned int i;

	w->checked = now;
	for (i = 0; i < job->nqueues; i++) {
		n = park_check(job, &job->queue[i], n, max);
		if (quiet)
			park_check_keeper(&job->queue[i]);
		if (job->queue[i].share && job->queue[i].ncommitted &&
		    job->queue[i].state == QUEUE_LIVE)
			shared_check(&job->queue[i], now);
	}
	if (!job_outstanding(job))
		return n;
	if (parked(job)) {
		/* No timeout applies while a device is away, but an interrupt ends the wait. */
		note_progress(w, now);
		if (interrupt_seen(job->td))
			stuck_end(job);
		return n;
	}
	if (!w->ending && interrupt_seen(job->td))
		w->ending = now;
	if (w->ending && now - w->ending > TERMINATE_NS && now - w->progress > TERMINATE_NS)
		stuck_give_up(job, w->since, now - w->progress, "(and the run was interrupted)");
	else if (job->io_timeout_ns && now - w->progress > job->io_timeout_ns)
		stuck_give_up(job, w->since, now - w->progress, "(vblk_io_timeout)");
	else if (job->io_timeout_ns && now - w->progress > job->io_timeout_ns / 2 && !w->warned) {
		stuck_warn(job, w->since, now - w->progress);
		w->warned = true;
	}
	return n;
}

/* Ask the devices for notifications. Return true if a device has used a request already. */
static bool arm(struct vblk_job *job, unsigned int want)
{
	bool ready = false;
	unsigned int i;

	for (i = 0; i < job->nqueues; i++) {
		struct vblk_queue *q = &job->queue[i];
		unsigned int out = queue_outstanding(q);

		if (q->state != QUEUE_LIVE)
			continue;
		if (q->share) {
			ready |= shared_arm(q);
			continue;
		}
		/* With several devices, the first completion of any of them ends the sleep. A
		 * single device need not send a notification before @want requests are used. */
		if (job->nqueues > 1 || !want)
			want = 1;
		q->armed = true;
		ready |= virtq_arm(q->vq, (uint16_t)(want < out ? want : out ? out : 1));
	}
	return ready;
}

static void disarm(struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++) {
		if (job->queue[i].armed && job->queue[i].state == QUEUE_LIVE)
			virtq_disarm(job->queue[i].vq);
		job->queue[i].armed = false;
	}
}

/* Return the number of requests that the job has taken off a ring. */
static uint32_t requests_taken(const struct vblk_queue *q)
{
	return q->share ? q->taken : q->vq->taken;
}

/*
 * sleep_once() for jobs that share a queue. The device may notify any one of the sleeping jobs; the
 * notified job wakes the others if it finds their completions. job_open_epoll() describes the
 * contents of the epoll instance.
 */
static bool sleep_sharing(struct vblk_job *job)
{
	struct epoll_event events[SLEEP_FDS];
	bool woken = false;
	int n, i;

	for (i = 0; i < (int)job->nqueues; i++)
		job->queue[i].stats.sleeps++;
	n = epoll_wait(job->epoll_fd, events, SLEEP_FDS, SLEEP_MS);
	if (n <= 0)
		return n < 0;
	for (i = 0; i < n; i++) {
		struct vblk_queue *q = &job->queue[events[i].data.u32 / 2];
		bool by_device = events[i].data.u32 % 2 == 0;
		uint64_t count;

		if (read(by_device ? q->call_fd : q->self->wake_fd, &count, sizeof(count)) !=
		    sizeof(count))
			continue;
		if (by_device && q->share)
			atomic_fetch_add(&q->share->signals, 1);
		q->stats.wakeups++;
		woken = true;
	}
	return woken;
}

/* Sleep until a device sends a notification, the keeper or a signal wakes the job, or the time is
 * over. Return true if something woke the job. */
static bool sleep_once(struct vblk_job *job)
{
	struct pollfd set[SLEEP_FDS];
	unsigned int n = job->nqueues < SLEEP_FDS ? job->nqueues : SLEEP_FDS, i;
	bool woken = false;
	int ready;

	if (job->epoll_fd >= 0)
		return sleep_sharing(job);
	for (i = 0; i < n; i++) {
		struct vblk_queue *q = &job->queue[i];

		set[i] = (struct pollfd){ .fd = q->state == QUEUE_FAILED ? -1 : q->call_fd,
					  .events = POLLIN };
		q->stats.sleeps++;
	}
	/* If not all devices fit into the set, check the others every millisecond. */
	ready = poll(set, n, job->nqueues > n ? 1 : SLEEP_MS);
	/* Count an interrupted poll() as a wake-up, so that no notification seems to be missing. */
	if (ready <= 0)
		return ready < 0;
	for (i = 0; i < n; i++) {
		uint64_t count;

		if (!(set[i].revents & POLLIN))
			continue;
		if (read(job->queue[i].call_fd, &count, sizeof(count)) == sizeof(count)) {
			job->queue[i].stats.wakeups++;
			woken = true;
		}
	}
	return woken;
}

/* Return true if the wait is over: there are @min events, or the awaited command has completed. */
static bool enough(const struct vblk_job *job, unsigned int n, unsigned int min)
{
	return n >= min || (job->command && job->command->done);
}

/*
 * Requests completed, but no notification woke the job. Wait for GRACE_MS, because the notification
 * may only be late. Return true if none arrives.
 */
static bool signal_missed(const struct vblk_job *job)
{
	struct pollfd set[SLEEP_FDS];
	unsigned int i;

	if (job->nqueues > SLEEP_FDS)
		return false;
	for (i = 0; i < job->nqueues; i++)
		set[i] = (struct pollfd){ .fd = job->queue[i].call_fd, .events = POLLIN };
	if (poll(set, job->nqueues, GRACE_MS))
		return false;
	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].share &&
		    atomic_load(&job->queue[i].share->signals) != job->queue[i].signals)
			return false;
	return true;
}

/* Return the number of requests (not io_us) that were taken back since the job went to sleep. Set
 * @where to the last queue from which requests were taken. */
static unsigned int taken_since_sleep(const struct vblk_job *job, const struct vblk_queue **where)
{
	unsigned int n = 0, i;

	for (i = 0; i < job->nqueues; i++) {
		const struct vblk_queue *q = &job->queue[i];

		/* Another job may have taken the notification of a shared queue. */
		if (requests_taken(q) == q->slept_at ||
		    (q->share && atomic_load(&q->share->signals) != q->signals))
			continue;
		n += requests_taken(q) - q->slept_at;
		*where = q;
	}
	return n;
}

static void note_lost_notification(struct vblk_job *job, struct vblk_queue *q, unsigned int found)
{
	q->stats.missed++;
	if (q->vq->strict)
		queue_fail_strictly(q, "a request completed, but the device sent no notification");
	else if (!atomic_exchange(&q->device->control->reported_missed, 1))
		report_note(
			q->device,
			"job '%s': device completed %u requests without a notification while the job slept",
			job->td->o.name, found);
}

/* Arm notifications, sleep, and take the requests that have completed. */
static unsigned int sleep_for(struct vblk_job *job, unsigned int n, unsigned int min,
			      unsigned int max)
{
	unsigned int want = job->simple ? min - n : 1, found, i;
	const struct vblk_queue *where = NULL;
	bool woken;

	/* The device need not send a notification for requests that it used before virtq_arm(): do
	 * not sleep. */
	if (arm(job, min - n)) {
		n = job_reap(job, n, max);
		disarm(job);
		return n;
	}
	for (i = 0; i < job->nqueues; i++)
		job->queue[i].slept_at = requests_taken(&job->queue[i]);
	woken = sleep_once(job);
	n = job_reap(job, n, max);
	disarm(job);
	found = taken_since_sleep(job, &where);
	if (!found && woken)
		job->queue[0].stats.spurious++;
	/* The device must send a notification when @want requests are used. */
	if (found >= want && !woken && where && signal_missed(job))
		note_lost_notification(job, &job->queue[where - job->queue], found);
	return n;
}

/* Check the rings up to SPIN_ROUNDS times, without reading the clock. */
static inline unsigned int spin_once(struct vblk_job *job, unsigned int n, unsigned int min,
				     unsigned int max)
{
	unsigned int i;

	for (i = 0; i < SPIN_ROUNDS && !enough(job, n, min); i++)
		n = job_reap(job, n, max);
	return n;
}

/* Adapt the length of the spin in later hybrid waits to this wait. */
static inline void learn(struct vblk_job *job, const struct waiting *w, uint64_t now)
{
	if (job->wait != VBLK_WAIT_HYBRID)
		return;
	if (w->slept)
		spin_slept(&job->spin, now - w->began);
	else
		spin_hit(&job->spin, now - w->began);
}

/* Return the number of requests ever taken back from all rings of the job. */
static uint32_t total_taken(const struct vblk_job *job)
{
	uint32_t n = 0;
	unsigned int i;

	for (i = 0; i < job->nqueues; i++)
		n += job->queue[i].share ? job->queue[i].delivered : job->queue[i].vq->taken;
	return n;
}

/* The slow path of job_wait(), which reads the clock. */
static int wait_long(struct vblk_job *job, unsigned int n, unsigned int min, unsigned int max)
{
	struct waiting w = { .began = now_ns() };
	uint64_t spin_until = UINT64_MAX, now = w.began;

	w.progress = w.since = w.last_read = w.checked = w.began;
	if (job->wait == VBLK_WAIT_BLOCK)
		spin_until = 0;
	else if (job->wait == VBLK_WAIT_HYBRID)
		spin_until = w.began + job->spin.limit_ns;

	for (;;) {
		uint32_t taken = total_taken(job);

		/* While a device is away, sleep in all wait modes. */
		if (now >= spin_until || parked(job)) {
			n = sleep_for(job, n, min, max);
			w.slept = true;
		} else {
			n = spin_once(job, n, min, max);
		}
		now = read_clock(&w);
		if (enough(job, n, min))
			break;
		/* Every completed request is progress, even if its io_u waits for further ones. */
		if (total_taken(job) != taken)
			note_progress(&w, now);
		if (now - w.checked >= CHECK_NS) {
			n = check(job, &w, now, n, max);
			n = job_reap(job, n, max);
		}
		if (enough(job, n, min) || !job_outstanding(job))
			break;
	}
	learn(job, &w, now);
	return (int)n;
}

/**
 * job_wait - wait for completions
 * @job: job
 * @n: number of requests already in @job->events, fewer than @min
 * @min: number of requests to wait for
 * @max: maximum number of requests in @job->events
 *
 * The completion of the command that the job waits for (command.c) ends the wait too. Returns the
 * number of requests in @job->events, which is less than @min only if a command has ended the wait
 * or no requests are outstanding.
 */
int job_wait(struct vblk_job *job, unsigned int n, unsigned int min, unsigned int max)
{
	if (job->wait != VBLK_WAIT_BLOCK) {
		n = spin_once(job, n, min, max);
		if (enough(job, n, min)) {
			if (job->spin.trust < SPIN_TRUST_MAX)
				spin_hit(&job->spin, 0);
			return (int)n;
		}
	}
	return wait_long(job, n, min, max);
}
