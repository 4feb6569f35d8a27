// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for completions: spinning, sleeping, and noticing that there is nothing to wait for any
 * more.
 *
 * The control page and the clock are looked at only here, when there is nothing else to do.
 */
#include <poll.h>
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
#include "engine/stuck.h"
#include "engine/wait.h"
#include "virtq/virtq_ops.h"

#define MS 1000000ull

/* A sleeper looks up this often by itself: a device may forget to signal, a keeper may be killed.
 */
#define SLEEP_MS 100

/* How long after a used request its notification may come. */
#define GRACE_MS 100

/* Looks at the ring between two looks at the clock. */
#define SPIN_ROUNDS 64

/* Time between two looks at the control page while spinning. */
#define CHECK_NS (1 * MS)

/* A device that completes something more often than this is there, and so is its keeper. */
#define QUIET_NS (100 * MS)

/* How long a device has to answer what is outstanding when the run is interrupted. */
#define TERMINATE_NS (5000 * MS)

/*
 * The clock is looked at far more often than this. Where it is not, the process did not run (it was
 * stopped, its cgroup frozen, the machine paused), and that time is not the device's.
 */
#define FROZEN_NS (1000 * MS)

/* A job never has more devices than this to sleep on at a time without allocating. */
#define SLEEP_FDS 16

/**
 * struct waiting - one call of job_wait()
 * @began: when; later by the time in which the process did not run since, as @progress and @ending
 * @progress: when something last completed, or @began
 * @since: the same, with the time in which the process did not run
 * @last_read: when the clock was last looked at
 * @checked: when the control page was last looked at
 * @ending: when the job was first seen to be told to end before its time, 0 = not yet
 * @slept: the job has slept
 * @warned: since @progress the user was told that it takes long, by whatever job
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

/* A device that is away has not got anything that it could complete. */
static bool parked(const struct vblk_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nqueues; i++)
		if (job->queue[i].state == QUEUE_PARKED)
			return true;
	return false;
}

/* Looks at everything that could end the wait, other than a completion. */
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
	}
	if (!job_outstanding(job))
		return n;
	if (parked(job)) {
		/* Time does not count against what is not there; only the user's word does. */
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

/* Asks every device with something outstanding to signal; true if there is something already. */
static bool arm(struct vblk_job *job, unsigned int want)
{
	bool ready = false;
	unsigned int i;

	for (i = 0; i < job->nqueues; i++) {
		struct vblk_queue *q = &job->queue[i];
		unsigned int out = virtq_outstanding(q->vq);

		if (q->state != QUEUE_LIVE)
			continue;
		/* Several devices: whichever is first. One: as many as were asked for, so that it
		 * need not signal each. */
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

/* Sleeps until a device signals, somebody wakes us, or it is time to look up. */
static bool sleep_once(struct vblk_job *job)
{
	struct pollfd set[SLEEP_FDS];
	unsigned int n = job->nqueues < SLEEP_FDS ? job->nqueues : SLEEP_FDS, i;
	bool woken = false;
	int ready;

	for (i = 0; i < n; i++) {
		struct vblk_queue *q = &job->queue[i];

		set[i] = (struct pollfd){ .fd = q->state == QUEUE_FAILED ? -1 : q->call_fd,
					  .events = POLLIN };
		q->stats.sleeps++;
	}
	/* More devices than places: look at the others now and then. */
	ready = poll(set, n, job->nqueues > n ? 1 : SLEEP_MS);
	/* A signal of another kind is no missed notification. */
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

/* What is waited for is there. */
static bool enough(const struct vblk_job *job, unsigned int n, unsigned int min)
{
	return n >= min || (job->command && job->command->done);
}

/*
 * Something was used, and nobody signalled. It may still be about to: only a notification that does
 * not come at all is missed.
 */
static bool signal_missed(const struct vblk_job *job)
{
	struct pollfd set[SLEEP_FDS];
	unsigned int i;

	if (job->nqueues > SLEEP_FDS)
		return false;
	for (i = 0; i < job->nqueues; i++)
		set[i] = (struct pollfd){ .fd = job->queue[i].call_fd, .events = POLLIN };
	return poll(set, job->nqueues, GRACE_MS) == 0;
}

/* Requests that were taken back since the job went to sleep: several may belong to one io_u. */
static unsigned int taken_since_sleep(const struct vblk_job *job, const struct vblk_queue **where)
{
	unsigned int n = 0, i;

	for (i = 0; i < job->nqueues; i++) {
		const struct vblk_queue *q = &job->queue[i];

		if (q->vq->taken == q->slept_at)
			continue;
		n += q->vq->taken - q->slept_at;
		*where = q;
	}
	return n;
}

static void note_lost_notification(struct vblk_job *job, struct vblk_queue *q, unsigned int found)
{
	q->stats.missed++;
	if (q->vq->strict)
		queue_fail_strictly(q,
				    "a request was used, and the notification of it did not come");
	else if (!atomic_exchange(&q->device->control->reported_missed, 1))
		report_note(
			q->device,
			"job '%s': device missed a notification: %u requests were used while it "
			"slept, and nobody said so",
			job->td->o.name, found);
}

static unsigned int sleep_for(struct vblk_job *job, unsigned int n, unsigned int min,
			      unsigned int max)
{
	unsigned int want = job->nqueues > 1 ? 1 : min - n, found, i;
	const struct vblk_queue *where = NULL;
	bool woken;

	/* What is there already may be all that the device would have signalled. */
	if (arm(job, min - n)) {
		n = job_reap(job, n, max);
		disarm(job);
		return n;
	}
	for (i = 0; i < job->nqueues; i++)
		job->queue[i].slept_at = job->queue[i].vq->taken;
	woken = sleep_once(job);
	n = job_reap(job, n, max);
	disarm(job);
	found = taken_since_sleep(job, &where);
	if (!found && woken)
		job->queue[0].stats.spurious++;
	/* The device owes a notification once as many are used as were asked for. */
	if (found >= want && !woken && where && signal_missed(job))
		note_lost_notification(job, &job->queue[where - job->queue], found);
	return n;
}

/* Looks at the rings again and again, without a look at the clock. */
static inline unsigned int spin_once(struct vblk_job *job, unsigned int n, unsigned int min,
				     unsigned int max)
{
	unsigned int i;

	for (i = 0; i < SPIN_ROUNDS && !enough(job, n, min); i++)
		n = job_reap(job, n, max);
	return n;
}

/* What the wait showed of spinning. */
static inline void learn(struct vblk_job *job, const struct waiting *w, uint64_t now)
{
	if (job->wait != VBLK_WAIT_HYBRID)
		return;
	if (w->slept)
		spin_slept(&job->spin, now - w->began);
	else
		spin_hit(&job->spin, now - w->began);
}

/* Requests taken back from all rings, ever. */
static uint32_t taken_in_all(const struct vblk_job *job)
{
	uint32_t n = 0;
	unsigned int i;

	for (i = 0; i < job->nqueues; i++)
		n += job->queue[i].vq->taken;
	return n;
}

/* The same, once it takes longer than a moment. */
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
		uint32_t taken = taken_in_all(job);

		/* However it waits: while the device is away there is nothing to spin for. */
		if (now >= spin_until || parked(job)) {
			n = sleep_for(job, n, min, max);
			w.slept = true;
		} else {
			n = spin_once(job, n, min, max);
		}
		now = read_clock(&w);
		if (enough(job, n, min))
			break;
		/* A request that is back is progress, even if its io_u takes more of them. */
		if (taken_in_all(job) != taken)
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
 * @n: requests already in @job->events, fewer than @min
 * @min: how many are wanted
 * @max: most that @job->events may hold
 *
 * A command that is waited for (command.c) ends it as well. Returns how many @job->events holds:
 * otherwise fewer than @min only if no more are outstanding.
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
