/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "t/fake-backend/blk.h"
#include "t/fake-backend/messages.h"
#include "t/fake-backend/serve.h"
#include "t/unit/message-cells.h"
#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_internal.h"
#include "vhost/blk/blk_session.h"
#include "vhost/blk/blk_start.h"
#include "virtq/virtq_ops.h"

#define RING_SIZE   16u
#define QUEUES_MAX  8u
#define QUEUE_BYTES 8192u /* rings, then data */
#define DATA_BYTES  4096u

/* Time limit for events that are certain to come, even on a busy machine. */
#define PATIENCE_MS 60000

static struct fake *fake;
static pid_t back_end;
static int gone_fd = -1; /* counts the connections whose end the back-end has seen */
static char path[64];
static _Atomic int64_t now_ms; /* the driver's clock, in milliseconds */

static void must(bool so, const char *what)
{
	if (so)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	if (back_end > 0)
		kill(back_end, SIGKILL);
	exit(99);
}

/* Replaces the C library's clock_gettime() in this program. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, id, ts);
	ts->tv_sec = now_ms / 1000;
	ts->tv_nsec = now_ms % 1000 * 1000000;
	return 0;
}

/*
 * Replaces the C library's poll(). Simulated time passes only after the back-end has stalled: it
 * sends nothing more then, so the timeout can expire at once.
 */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	static const struct timespec at_once, step = { .tv_nsec = 10000000 };
	int turns = PATIENCE_MS / 10, ready;

	do {
		bool silent = fake->stalled;

		ready = ppoll(fds, n, silent || !timeout ? &at_once : &step, NULL);
		if (ready || !timeout)
			return ready;
		if (silent) {
			now_ms += timeout;
			return 0;
		}
	} while (turns--);
	if (back_end > 0)
		kill(back_end, SIGKILL);
	abort();
}

static void serve(int listen_fd)
{
	uint64_t one = 1;
	sigset_t mask;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (;;) {
		fake_serve(fake, listen_fd, &mask);
		if (write(gone_fd, &one, sizeof(one)) != sizeof(one))
			_exit(1);
	}
}

struct fake *cells_begin(const struct fake_options *opt)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "%s/vblk-cells.%d",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", getpid());
	strcpy(addr.sun_path, path);
	unlink(path);
	must(listen_fd >= 0 && !bind(listen_fd, (struct sockaddr *)&addr, sizeof(addr)) &&
		     !listen(listen_fd, 8),
	     path);
	fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(fake != MAP_FAILED, "memory");
	fake->opt = *opt;
	fake->fd = -1;
	fake_reset_connection(fake);
	fake_blk_fill_config(fake);
	fake->store = mmap(NULL, opt->size_bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	gone_fd = eventfd(0, EFD_CLOEXEC);
	must(fake->store != MAP_FAILED && gone_fd >= 0, "memory");
	back_end = fork();
	must(back_end >= 0, "fork");
	if (!back_end)
		serve(listen_fd);
	close(listen_fd);
	return fake;
}

void cells_end(void)
{
	kill(back_end, SIGKILL);
	waitpid(back_end, NULL, 0);
	unlink(path);
	munmap(fake->store, fake->opt.size_bytes);
	munmap(fake, sizeof(*fake));
	close(gone_fd);
}

/* The queues of one session. */
struct session_queues {
	struct arena arena;
	struct virtq vq[QUEUES_MAX];
	struct transport_queue queue[QUEUES_MAX];
	void *state;
};

static void make_queues(struct session_queues *sq, const struct blk_dev *dev, uint32_t queues)
{
	struct virtq_config config = blk_dev_ring_config(dev);
	struct virtq_layout layout;
	size_t state_bytes;
	uint32_t i;

	config.size = RING_SIZE;
	config.slots = config.segments = 1;
	must(!virtq_layout(&config, &layout) && layout.bytes <= QUEUE_BYTES - DATA_BYTES, "layout");
	state_bytes = (virtq_state_bytes(&config, &layout) + VIRTQ_CACHE_LINE - 1) /
		      VIRTQ_CACHE_LINE * VIRTQ_CACHE_LINE;
	sq->state = aligned_alloc(VIRTQ_CACHE_LINE, queues * state_bytes);
	must(sq->state && !arena_create(&sq->arena, queues * QUEUE_BYTES, ARENA_PAGES_PLAIN),
	     "memory for queues");
	memset(sq->state, 0, queues * state_bytes);
	for (i = 0; i < queues; i++) {
		unsigned char *base = sq->arena.base + i * QUEUE_BYTES;
		struct transport_queue *q = &sq->queue[i];

		virtq_init(&sq->vq[i], &config, &layout, base,
			   (unsigned char *)sq->state + i * state_bytes);
		virtq_format(&sq->vq[i], &layout, ARENA_IOVA + i * QUEUE_BYTES);
		*q = (struct transport_queue){
			.size = RING_SIZE,
			.base = virtq_base(&sq->vq[i]),
			.addr = { base + layout.desc, base + layout.driver, base + layout.device },
			.kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
			.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		};
		must(q->kick_fd >= 0 && q->call_fd >= 0, "descriptors for queues");
	}
}

static void drop_queues(struct session_queues *sq, uint32_t queues)
{
	uint32_t i;

	for (i = 0; i < queues; i++) {
		close(sq->queue[i].kick_fd);
		close(sq->queue[i].call_fd);
	}
	arena_destroy(&sq->arena);
	free(sq->state);
}

static int request(struct session_queues *sq, struct blk_dev *dev, uint32_t index)
{
	struct blk_session session = {
		.dev = dev,
		.arena = sq->arena,
		.vq = sq->vq[index],
		.data = sq->arena.base + index * QUEUE_BYTES + QUEUE_BYTES - DATA_BYTES,
		.data_bytes = DATA_BYTES,
		.queue = sq->queue[index],
		.timeout_ms = CELL_TIMEOUT_MS,
	};
	uint8_t status;
	int ret = blk_session_request(&session, VIRTIO_BLK_T_IN, 0, DATA_BYTES, true, &status);

	if (!ret && status != VIRTIO_BLK_S_OK)
		ret = error_set(&dev->error, -EIO, "the request failed");
	return ret;
}

/* One session, with every message that any user of the driver sends to a back-end. */
static int run_session(struct blk_dev *dev, uint32_t queues)
{
	struct blk_dev_options options = { .inflight = true };
	struct session_queues sq;
	int ret = blk_dev_open(dev, path, CELL_TIMEOUT_MS, &options);

	if (ret)
		return ret;
	if (blk_dev_has(dev, VIRTIO_BLK_F_CONFIG_WCE))
		ret = blk_dev_set_writeback(dev, !dev->writeback);
	if (!ret && dev->queues_max < queues)
		ret = error_set(&dev->error, -ENOSPC, "too few queues");
	if (ret) {
		blk_dev_close(dev);
		return ret;
	}
	make_queues(&sq, dev, queues);
	ret = blk_dev_start(dev, &sq.arena, sq.queue, queues);
	if (!ret) {
		ret = request(&sq, dev, queues - 1);
		if (!ret && blk_dev_has(dev, VHOST_USER_F_PROTOCOL_FEATURES))
			ret = blk_dev_disable_queue(dev, 0);
		if (ret)
			blk_dev_close(dev);
		else
			ret = blk_dev_stop(dev);
	}
	blk_dev_forget_inflight(dev);
	drop_queues(&sq, queues);
	return ret;
}

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	must(dir, "/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Count shared mappings: the mappings that the driver makes are all shared. */
static unsigned int count_shared_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned int n = 0;
	char line[512];

	must(maps, "/proc/self/maps");
	while (fgets(line, sizeof(line), maps)) {
		const char *mode = strchr(line, ' ');

		n += mode && mode[4] == 's';
	}
	fclose(maps);
	return n;
}

static bool connection_ended(void)
{
	static const struct timespec patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct pollfd fd = { .fd = gone_fd, .events = POLLIN };
	uint64_t n;

	return ppoll(&fd, 1, &patience, NULL) == 1 && read(gone_fd, &n, sizeof(n)) == sizeof(n);
}

void cell_run(uint32_t queues, struct cell_result *result)
{
	unsigned int fds = count_fds(), mappings = count_shared_mappings();
	int64_t start = now_ms;
	struct blk_dev dev;

	fake->complaints = 0;
	result->ret = run_session(&dev, queues);
	result->elapsed_ms = now_ms - start;
	result->error = dev.error;
	result->leak = NULL;
	if (count_fds() != fds || dev.transport.ops)
		result->leak = "a descriptor";
	else if (count_shared_mappings() != mappings)
		result->leak = "a mapping";
	else if (!connection_ended())
		result->leak = "the connection";
	result->complaints = fake->complaints;
	/* The back-end is the only child process and is still running. */
	must(!waitpid(-1, NULL, WNOHANG), "the back-end ended");
}
