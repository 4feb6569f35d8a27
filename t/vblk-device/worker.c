/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The threads that serve the rings, by polling or by sleeping until a kick
 *
 * A worker owns its queues while it runs. The control plane changes the queues only while the
 * worker is paused. Therefore requests are handled without taking a lock.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <rte_pause.h>

#include "t/vblk-device/chain.h"
#include "t/vblk-device/held.h"

/* A worker that is always busy reads its eventfds once in this number of rounds. */
#define EPOLL_EVERY 64u
/* Number of idle rounds after which a polling worker executes a pause instruction in each round. */
#define SPIN_HOT 1024u

#define NS_PER_S 1000000000

struct vdev_worker {
	pthread_t thread;
	pthread_mutex_t lock; /* held by the thread unless it is paused */
	pthread_cond_t resume;
	int pause_count; /* number of callers that want the worker to pause */
	bool stop;
	bool poll;
	int epoll_fd, wake_fd;
	struct vdev_queue *queues;
	struct vdev_chain chain;
};

static struct vdev_worker *workers;
static unsigned int nr_workers;

/*
 * Enable kicks on all queues. Return false if a request has arrived meanwhile, or if a queue has no
 * kick eventfd.
 */
static bool ready_to_sleep(struct vdev_worker *w)
{
	bool sleep = true;

	for (struct vdev_queue *q = w->queues; q; q = q->next)
		if (q->kicked && !q->armed)
			vdev_serve_kicks(q, true);
	/*
	 * Order the store that enables kicks before the last check of the rings. Pairs with the
	 * driver's barrier between its store of the available index (or flags) and its check
	 * whether a kick is due. At least one of the two sides sees what the other one wrote.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (struct vdev_queue *q = w->queues; q; q = q->next)
		if (vdev_serve_waiting(q) || q->kick_fd < 0)
			sleep = false;
	return sleep;
}

/*
 * Return the time in nanoseconds until a held request is due, or -1 if the worker can sleep until a
 * kick.
 */
static int64_t until_due_ns(const struct vdev_worker *w)
{
	int64_t first = -1;

	for (const struct vdev_queue *q = w->queues; q; q = q->next) {
		int64_t ns = q->held && !q->broken ? vdev_held_wait_ns(q) : -1;

		if (ns >= 0 && (first < 0 || ns < first))
			first = ns;
	}
	return first;
}

/*
 * Wait for kicks and wake-ups, and read their eventfds. If @timeout_ns is -1, wait without a time
 * limit.
 */
static void wait_events(struct vdev_worker *w, int64_t timeout_ns)
{
	struct timespec timeout = { timeout_ns / NS_PER_S, timeout_ns % NS_PER_S };
	struct epoll_event ev[16];
	int nr = epoll_pwait2(w->epoll_fd, ev, 16, timeout_ns < 0 ? NULL : &timeout, NULL);
	eventfd_t value;

	for (int i = 0; i < nr; i++) {
		struct vdev_queue *q = ev[i].data.ptr;

		if (eventfd_read(q ? q->kick_fd : w->wake_fd, &value))
			continue;
		if (q) {
			q->kicked = true;
			q->nr_kicks++;
		}
	}
}

static void stay_paused(struct vdev_worker *w)
{
	while (load_acquire(&w->pause_count))
		pthread_cond_wait(&w->resume, &w->lock);
}

static void *worker_main(void *arg)
{
	struct vdev_worker *w = arg;
	unsigned int rounds = 0, idle = 0;

	/*
	 * Complete held requests on time: without this, the kernel may delay a timeout to combine
	 * it with others.
	 */
	prctl(PR_SET_TIMERSLACK, 1);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		unsigned int done = 0;

		if (vdev_unlikely(load_acquire(&w->pause_count)))
			stay_paused(w);
		if (vdev_unlikely(load_relaxed(&w->stop)))
			break;
		if (vdev_unlikely(!w->queues)) {
			wait_events(w, -1);
			continue;
		}
		for (struct vdev_queue *q = w->queues; q; q = q->next)
			done += vdev_serve(q);
		if (w->poll) {
			if (done)
				idle = 0;
			else if (++idle > SPIN_HOT)
				rte_pause();
		} else if (!done) {
			wait_events(w, ready_to_sleep(w) ? until_due_ns(w) : 0);
		} else if (++rounds % EPOLL_EVERY == 0) {
			wait_events(w, 0);
		}
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/**
 * vdev_worker_pause - stop a worker between two rounds
 * @w: worker
 *
 * When this function returns, the caller may change the queues of the worker until it calls
 * vdev_worker_resume().
 */
void vdev_worker_pause(struct vdev_worker *w)
{
	__atomic_add_fetch(&w->pause_count, 1, __ATOMIC_ACQ_REL);
	vdev_eventfd_ring(w->wake_fd);
	pthread_mutex_lock(&w->lock);
}

/**
 * vdev_worker_resume - let a paused worker continue
 * @w: worker
 */
void vdev_worker_resume(struct vdev_worker *w)
{
	__atomic_sub_fetch(&w->pause_count, 1, __ATOMIC_ACQ_REL);
	pthread_cond_broadcast(&w->resume);
	pthread_mutex_unlock(&w->lock);
}

/**
 * vdev_worker_attach - assign a queue to a worker
 * @w: worker
 * @q: queue, completely set up
 */
void vdev_worker_attach(struct vdev_worker *w, struct vdev_queue *q)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = q };

	vdev_worker_pause(w);
	q->worker = w;
	q->chain = &w->chain;
	q->next = w->queues;
	w->queues = q;
	q->attached = true;
	/*
	 * A polling device serves a ring as soon as it is enabled. Otherwise the ring starts with
	 * its first kick.
	 */
	if (w->poll || q->kick_fd < 0)
		q->kicked = true;
	if (q->inflight)
		vdev_serve_resubmit(q);
	vdev_serve_kicks(q, !w->poll);
	if (!w->poll && q->kick_fd >= 0 && epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, q->kick_fd, &ev))
		fprintf(stderr, "vblk-device: queue %u: cannot wait for the kick eventfd: %s\n",
			q->index, strerror(errno));
	vdev_worker_resume(w);
}

/**
 * vdev_worker_detach - remove a queue from its worker
 * @w: worker
 * @q: queue
 *
 * When this function returns, the worker no longer accesses the queue.
 */
void vdev_worker_detach(struct vdev_worker *w, struct vdev_queue *q)
{
	struct vdev_queue **p = &w->queues;

	vdev_worker_pause(w);
	while (*p != q)
		p = &(*p)->next;
	*p = q->next;
	q->attached = false;
	if (!w->poll && q->kick_fd >= 0)
		epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, q->kick_fd, NULL);
	vdev_worker_resume(w);
}

/**
 * vdev_worker_of - return the worker that serves a queue
 * @queue: index of the queue
 */
struct vdev_worker *vdev_worker_of(unsigned int queue)
{
	return &workers[queue % nr_workers];
}

static int worker_start(struct vdev_worker *w, bool poll, int cpu)
{
	struct epoll_event ev = { .events = EPOLLIN };
	pthread_attr_t attr;
	cpu_set_t set;
	int ret;

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->resume, NULL);
	w->poll = poll;
	w->chain.iov = calloc(VDEV_CHAIN_MAX_IOV, sizeof(*w->chain.iov));
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!w->chain.iov)
		return -ENOMEM;
	if (w->epoll_fd < 0 || w->wake_fd < 0 ||
	    epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &ev))
		return -errno;
	pthread_attr_init(&attr);
	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((unsigned int)cpu, &set);
		pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	}
	ret = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	return -ret;
}

/**
 * vdev_workers_start - start the worker threads
 * @queues: number of queues
 * @threads: start one thread per queue instead of one thread for all queues
 * @poll: poll the rings instead of sleeping until a kick
 * @cpu: CPU of the first thread; each further thread gets the next CPU; -1 to pin no thread
 *
 * Return 0 or a negative errno.
 */
int vdev_workers_start(unsigned int queues, bool threads, bool poll, int cpu)
{
	unsigned int nr = threads ? queues : 1;

	workers = calloc(nr, sizeof(*workers));
	if (!workers)
		return -ENOMEM;
	for (; nr_workers < nr; nr_workers++) {
		int ret = worker_start(&workers[nr_workers], poll,
				       cpu < 0 ? -1 : cpu + (int)nr_workers);

		if (ret)
			return ret;
	}
	return 0;
}

/** vdev_workers_wake - make every worker serve its queues once */
void vdev_workers_wake(void)
{
	for (unsigned int i = 0; i < nr_workers; i++)
		vdev_eventfd_ring(workers[i].wake_fd);
}

/** vdev_workers_stop - end every worker thread */
void vdev_workers_stop(void)
{
	for (unsigned int i = 0; i < nr_workers; i++) {
		store_relaxed(&workers[i].stop, true);
		vdev_eventfd_ring(workers[i].wake_fd);
		pthread_join(workers[i].thread, NULL);
		close(workers[i].epoll_fd);
		close(workers[i].wake_fd);
		free(workers[i].chain.iov);
	}
	free(workers);
}
