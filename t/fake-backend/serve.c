/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "t/fake-backend/blk.h"
#include "t/fake-backend/messages.h"
#include "t/fake-backend/serve.h"
#include "t/fake-backend/vring.h"

volatile sig_atomic_t fake_stop;

void fake_log(struct fake *fake, const char *fmt, ...)
{
	va_list ap;

	if (!fake->log)
		return;
	va_start(ap, fmt);
	vfprintf(fake->log, fmt, ap);
	va_end(ap);
	fputc('\n', fake->log);
	/* Tests read the log while the back-end runs. */
	fflush(fake->log);
}

void fake_complain(struct fake *fake, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	fake->complaints++;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "fake-backend: driver broke a rule: %s\n", text);
	fake_log(fake, "COMPLAINT %s", text);
}

static void disconnect(struct fake *fake)
{
	close(fake->fd);
	fake_reset_connection(fake);
	fake->fd = -1;
	fake_log(fake, "DISCONNECT");
}

static void connect_to(struct fake *fake, int listen_fd)
{
	/* An incomplete message must not delay SIGTERM for ever. */
	static const struct timeval timeout = { .tv_sec = 5 };

	fake->fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fake->fd < 0)
		return;
	fake->faults = 0;
	fake->nheard = 0;
	setsockopt(fake->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	fake_log(fake, "CONNECT");
}

static bool kick_arrived(struct fake_queue *queue, short revents)
{
	const struct fake *fake = queue->fake;
	uint64_t n;

	/*
	 * A stalled back-end reads no more messages, so it does not start any more queues either.
	 */
	if (fake->stalled && !queue->started)
		return false;
	/* There is no kick to wait for: start as soon as a kick would be allowed. */
	if (queue->polled && queue->enabled)
		return !(fake->protocol_features & BIT(PROTOCOL_F_STATUS)) ||
		       fake->status & VIRTIO_CONFIG_S_DRIVER_OK;

	if (!(revents & POLLIN) || queue->kick_fd < 0)
		return false;
	if (read(queue->kick_fd, &n, sizeof(n)) != sizeof(n))
		return false;
	fake_log(queue->fake, "KICK %u", queue->index);
	return true;
}

/* Serve every queue once. Return true if there is more to do before sleeping. */
static bool serve_queues(struct fake *fake, const struct pollfd *fds)
{
	bool busy = false;
	unsigned int i;

	for (i = 0; i < fake->opt.queues && !fake->hang_up; i++) {
		struct fake_queue *queue = &fake->queues[i];
		bool kicked = kick_arrived(queue, fds[i].revents);

		if (kicked && !fake_queue_kicked(queue)) {
			/*
			 * If the queue is disabled, remember the kick until the queue is enabled
			 * again.
			 */
			queue->busy = queue->started;
			continue;
		}
		if (queue->started && queue->enabled && (kicked || queue->busy || fake->opt.poll)) {
			queue->busy = fake_blk_process(queue);
			busy |= queue->busy;
		}
		busy |= queue->polled;
	}
	return busy;
}

static void serve_connection(struct fake *fake, const sigset_t *unblocked)
{
	struct pollfd fds[1 + FAKE_MAX_QUEUES];
	static const struct timespec now;
	bool busy = false;
	unsigned int i;
	int n;

	while (!fake_stop && !fake->hang_up) {
		/* A stalled connection waits only for POLLHUP, which need not be requested. */
		fds[0] = (struct pollfd){ .fd = fake->fd, .events = fake->stalled ? 0 : POLLIN };
		for (i = 0; i < fake->opt.queues; i++)
			fds[1 + i] = (struct pollfd){
				.fd = fake->queues[i].kick_fd,
				.events = POLLIN,
			};
		n = ppoll(fds, 1 + fake->opt.queues, busy ? &now : NULL, unblocked);
		if (n < 0)
			continue;
		/*
		 * A message may have arrived after ppoll() checked the socket, followed by a kick
		 * that ppoll() did see. Check the socket again.
		 */
		if (n && !fds[0].revents)
			poll(fds, 1, 0);
		/*
		 * Handle messages first: GET_VRING_BASE and SET_VRING_ENABLE 0 must stop a queue
		 * even if it was kicked before. Messages may change the kick descriptors, so serve
		 * the queues in the next round.
		 */
		if (fds[0].revents) {
			if (fake->stalled || !fake_message_handle(fake))
				return;
			/* The message may have enabled a queue that will not be kicked again. */
			busy = true;
			continue;
		}
		busy = serve_queues(fake, fds + 1);
	}
}

bool fake_serve(struct fake *fake, int listen_fd, const sigset_t *unblocked)
{
	struct pollfd fd = { .fd = listen_fd, .events = POLLIN };

	if (ppoll(&fd, 1, NULL, unblocked) != 1)
		return false;
	connect_to(fake, listen_fd);
	if (fake->fd < 0)
		return false;
	serve_connection(fake, unblocked);
	disconnect(fake);
	return true;
}
