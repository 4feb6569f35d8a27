/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "t/fake-backend/blk.h"
#include "t/fake-backend/messages.h"
#include "t/fake-backend/options.h"
#include "t/fake-backend/serve.h"

static void on_signal(int sig)
{
	(void)sig;
	fake_stop = 1;
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
	/* Remove the socket of a back-end that was killed. */
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 8))
		die(path);
	return fd;
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
		die("cannot allocate the store");

	/* Receive these signals only in ppoll(), so that a signal before ppoll() is not missed. */
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
	while (!fake_stop)
		if (fake_serve(&fake, listen_fd, &unblocked) && fake.opt.one_connection)
			break;

	close(listen_fd);
	unlink(fake.opt.socket);
	munmap(fake.store, fake.opt.size_bytes);
	if (fake.log)
		fclose(fake.log);
	return fake.complaints ? 3 : 0;
}
