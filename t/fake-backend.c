/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake-blk.h"
#include "fake-messages.h"
#include "fake-options.h"
#include "fake-vring.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

void fake_log(struct fake *fake, const char *fmt, ...)
{
	va_list ap;

	if (!fake->log)
		return;
	va_start(ap, fmt);
	vfprintf(fake->log, fmt, ap);
	va_end(ap);
	fputc('\n', fake->log);
	/* Tests read it while we run. */
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
	fprintf(stderr, "fake-backend: driver broke: %s\n", text);
	fake_log(fake, "COMPLAINT %s", text);
}

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "fake-backend: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(addr.sun_path, path);
	/* Left behind by a back-end that was told to die. */
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 8))
		die(path);
	return fd;
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
	/* A message that stops halfway must not hold up SIGTERM for ever. */
	static const struct timeval patience = { .tv_sec = 5 };

	fake->fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fake->fd < 0)
		return;
	setsockopt(fake->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	fake_log(fake, "CONNECT");
}

static bool kick_arrived(struct fake_queue *queue, short revents)
{
	const struct fake *fake = queue->fake;
	uint64_t n;

	/* Without a descriptor nobody says when: as soon as it would have been allowed. */
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

/* One look at every queue. Returns true if there is more to do before sleeping. */
static bool serve_queues(struct fake *fake, const struct pollfd *fds)
{
	bool busy = false;
	unsigned int i;

	for (i = 0; i < fake->opt.queues && !fake->hang_up; i++) {
		struct fake_queue *queue = &fake->queues[i];
		bool kicked = kick_arrived(queue, fds[i].revents);

		if (kicked && !fake_queue_kicked(queue)) {
			/* The kick counts once the queue is enabled again. */
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

	while (!stop && !fake->hang_up) {
		/* Stalled: only a hang-up, which needs no asking for, is of interest. */
		fds[0] = (struct pollfd){ .fd = fake->fd, .events = fake->stalled ? 0 : POLLIN };
		for (i = 0; i < fake->opt.queues; i++)
			fds[1 + i] = (struct pollfd){
				.fd = fake->queues[i].kick_fd,
				.events = POLLIN,
			};
		n = ppoll(fds, 1 + fake->opt.queues, busy ? &now : NULL, unblocked);
		if (n < 0)
			continue;
		/* A message may have come after the look at the socket, and a kick behind it. */
		if (n && !fds[0].revents)
			poll(fds, 1, 0);
		/*
		 * Messages first: GET_VRING_BASE and SET_VRING_ENABLE 0 stop what was kicked
		 * before. They may change the kick descriptors, so queues wait for the next turn.
		 */
		if (fds[0].revents) {
			if (fake->stalled || !fake_message_handle(fake))
				return;
			/* It may have let a queue go that nobody will kick again. */
			busy = true;
			continue;
		}
		busy = serve_queues(fake, fds + 1);
	}
}

static void run(struct fake *fake, int listen_fd, const sigset_t *unblocked)
{
	struct pollfd fd = { .fd = listen_fd, .events = POLLIN };

	while (!stop) {
		if (ppoll(&fd, 1, NULL, unblocked) != 1)
			continue;
		connect_to(fake, listen_fd);
		if (fake->fd < 0)
			continue;
		serve_connection(fake, unblocked);
		disconnect(fake);
		if (fake->opt.one_connection)
			return;
	}
}

int main(int argc, char **argv)
{
	static struct fake fake;
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked, unblocked;
	int listen_fd;

	fake_parse_options(&fake.opt, argc, argv);
	fake.fd = -1;
	fake_reset_connection(&fake);
	fake_blk_fill_config(&fake);
	if (fake.opt.log) {
		fake.log = fopen(fake.opt.log, "a");
		if (!fake.log)
			die(fake.opt.log);
	}
	fake.store = mmap(NULL, fake.opt.size_bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (fake.store == MAP_FAILED)
		die("no memory for the store");

	/* Delivered inside ppoll() only, so that none is missed before it. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &unblocked);
	sigdelset(&unblocked, SIGTERM);
	sigdelset(&unblocked, SIGINT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	listen_fd = listen_at(fake.opt.socket);
	puts("fake-backend: ready");
	fflush(stdout);
	run(&fake, listen_fd, &unblocked);

	close(listen_fd);
	unlink(fake.opt.socket);
	munmap(fake.store, fake.opt.size_bytes);
	if (fake.log)
		fclose(fake.log);
	return fake.complaints ? 3 : 0;
}
