// SPDX-License-Identifier: GPL-2.0-only
/* A minimal driver for tests of t/vblk-device/vblk-device. */
#include <endian.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "t/unit/raw-driver.h"
#include "t/unit/unit.h"
#include "vhost/transport/vhost-user/wire.h"

#define RING	   16u
#define TIMEOUT_MS 20000u
#define OPTIONS	   32

/*
 * vhost-user, "Inflight I/O tracking". The region is larger than any back-end needs for these
 * rings.
 */
#define PROTOCOL_F_INFLIGHT_SHMFD 12
#define SET_INFLIGHT_FD		  32u
#define INFLIGHT_BYTES		  65536u

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
}

/**
 * raw_device_start - start t/vblk-device/vblk-device
 * @d: driver
 * @dir: directory for the socket and for the device's output, the file "said"
 * @options: options of the device, terminated by NULL
 */
void raw_device_start(struct raw_driver *d, const char *dir, const char *const *options)
{
	const char *argv[OPTIONS] = { "t/vblk-device/vblk-device", "--socket", d->path };
	unsigned int tries = TIMEOUT_MS * 20, i = 3;
	char said[128];

	snprintf(d->path, sizeof(d->path), "%s/sock", dir);
	snprintf(said, sizeof(said), "%s/said", dir);
	while (*options && i < OPTIONS - 1)
		argv[i++] = *options++;
	CHECK(!*options);
	d->pid = fork();
	CHECK(d->pid >= 0);
	if (!d->pid) {
		int fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(fd, STDERR_FILENO);
		dup2(fd, STDOUT_FILENO);
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	while (tries-- && access(d->path, F_OK))
		nap();
}

/**
 * raw_device_stop - end the device
 * @d: driver, its connection closed
 *
 * Returns the device's exit status: 3 means that the driver broke a rule.
 */
int raw_device_stop(struct raw_driver *d)
{
	int status;

	kill(d->pid, SIGTERM);
	CHECK(waitpid(d->pid, &status, 0) == d->pid);
	CHECK(WIFEXITED(status));
	unlink(d->path);
	return WEXITSTATUS(status);
}

/**
 * raw_device_await_death - wait until the device has killed itself
 * @d: driver
 */
void raw_device_await_death(struct raw_driver *d)
{
	int status;

	CHECK(waitpid(d->pid, &status, 0) == d->pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	unlink(d->path);
}

/**
 * raw_open - connect to the device and negotiate features
 * @d: driver
 * @features: features to accept, in addition to VERSION_1 and the protocol features
 *
 * Returns the device status after the driver set FEATURES_OK.
 */
uint8_t raw_open(struct raw_driver *d, uint64_t features)
{
	const uint8_t found = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	uint64_t wanted = 1ull << VHOST_USER_PROTOCOL_F_CONFIG |
			  1ull << VHOST_USER_PROTOCOL_F_STATUS | 1ull << VHOST_USER_PROTOCOL_F_MQ |
			  1ull << VHOST_USER_PROTOCOL_F_REPLY_ACK;
	unsigned int tries = 200;
	uint8_t status = 0;

	if (d->inflight_fd)
		wanted |= 1ull << PROTOCOL_F_INFLIGHT_SHMFD;
	/* The socket may exist before the device listens on it. */
	while (vhost_user_connect(&d->vu, d->path, TIMEOUT_MS, &d->error) && tries--)
		nap();
	features |= 1ull << VIRTIO_F_VERSION_1 | 1ull << VHOST_USER_F_PROTOCOL_FEATURES;
	CHECK(!vhost_user_get_features(&d->vu, &d->offered));
	CHECK(!vhost_user_negotiate_protocol(&d->vu, wanted));
	CHECK(!vhost_user_set_owner(&d->vu));
	CHECK(!vhost_user_set_status(&d->vu, 0));
	CHECK(!vhost_user_set_status(&d->vu, VIRTIO_CONFIG_S_ACKNOWLEDGE));
	CHECK(!vhost_user_set_status(&d->vu, found));
	CHECK(!vhost_user_set_features(&d->vu, features));
	CHECK(!vhost_user_set_status(&d->vu, found | VIRTIO_CONFIG_S_FEATURES_OK));
	CHECK(!vhost_user_get_status(&d->vu, &status));
	return status;
}

static uint64_t iova_of(const struct raw_driver *d, const void *p)
{
	return ARENA_IOVA + (uint64_t)((const unsigned char *)p - d->arena.base);
}

static void make_queue(struct raw_driver *d, unsigned int index)
{
	unsigned char *at = d->arena.base + index * (ARENA_UNIT / RAW_QUEUES);
	struct raw_queue *q = &d->queue[index];

	*q = (struct raw_queue){
		.desc = (void *)at,
		.avail = (void *)(at + 4096),
		.used = (void *)(at + 8192),
		.header = at + 12288,
		.tail = at + 16384,
		.data = at + 20480,
		.kick_fd = eventfd(0, EFD_CLOEXEC),
		.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	q->desc[0].addr = htole64(iova_of(d, q->header));
	q->desc[0].len = htole32(16);
	q->desc[1].addr = htole64(iova_of(d, q->data));
	q->desc[1].next = htole16(2);
	q->desc[2].addr = htole64(iova_of(d, q->tail));
	q->desc[2].flags = htole16(VRING_DESC_F_WRITE);
}

/* Share the inflight region, which still records requests of earlier connections. */
static void share_inflight(struct raw_driver *d)
{
	struct {
		uint64_t bytes, offset;
		uint16_t queues, queue_size;
	} region = { INFLIGHT_BYTES, 0, RAW_QUEUES, RING };
	struct message msg = { .request = SET_INFLIGHT_FD, .bytes = sizeof(region) };

	CHECK(!ftruncate(d->inflight_fd, INFLIGHT_BYTES));
	memcpy(&msg.payload, &region, sizeof(region));
	CHECK(!wire_send(&d->vu, &msg, &d->inflight_fd, 1));
}

/**
 * raw_start - share memory with the device and start its queues
 * @d: driver, opened
 */
void raw_start(struct raw_driver *d)
{
	struct vhost_user_region region = { 0 };

	bool again = d->arena.base;

	if (!again)
		CHECK(!arena_create(&d->arena, ARENA_UNIT, ARENA_PAGES_PLAIN));
	region.iova = ARENA_IOVA;
	region.bytes = d->arena.bytes;
	region.user_addr = (uintptr_t)d->arena.base;
	region.fd = d->arena.fd;
	CHECK(!vhost_user_share_memory(&d->vu, &region));
	if (d->inflight_fd)
		share_inflight(d);
	for (unsigned int i = 0; i < RAW_QUEUES; i++) {
		struct raw_queue *q = &d->queue[i];

		if (!again)
			make_queue(d, i);
		CHECK(!vhost_user_set_vring(
			&d->vu, i, RING, le16toh(q->used->idx),
			&(struct vhost_user_vring_addr){ q->desc, q->avail, q->used }, q->kick_fd,
			q->call_fd));
	}
	for (unsigned int i = 0; i < RAW_QUEUES; i++)
		CHECK(!vhost_user_set_vring_enable(&d->vu, i, true));
	CHECK(!vhost_user_set_status(&d->vu, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
						     VIRTIO_CONFIG_S_FEATURES_OK |
						     VIRTIO_CONFIG_S_DRIVER_OK));
	CHECK(!vhost_user_sync(&d->vu));
}

/**
 * raw_hang_up - close the connection without stopping the queues
 * @d: driver
 */
void raw_hang_up(struct raw_driver *d)
{
	vhost_user_close(&d->vu);
}

/**
 * raw_close - close the connection and free all resources
 * @d: driver
 */
void raw_close(struct raw_driver *d)
{
	raw_hang_up(d);
	for (unsigned int i = 0; i < RAW_QUEUES && d->arena.base; i++) {
		close(d->queue[i].kick_fd);
		close(d->queue[i].call_fd);
	}
	if (d->arena.base)
		arena_destroy(&d->arena);
}

/**
 * raw_submit - make a request available to the device
 * @q: queue; the caller fills its data buffer for a request that the device reads
 * @r: the request
 */
void raw_submit(struct raw_queue *q, const struct raw_request *r)
{
	__le32 type = htole32(r->type);
	__le64 sector = htole64(r->sector);
	uint16_t idx = le16toh(q->avail->idx);
	uint32_t bytes = r->out_bytes + r->in_bytes;

	memset(q->header, 0, 16);
	memcpy(q->header, &type, sizeof(type));
	memcpy(q->header + 8, &sector, sizeof(sector));
	memset(q->tail, 0xff, r->tail_bytes + 1);
	q->desc[0].flags = htole16(VRING_DESC_F_NEXT);
	q->desc[0].next = htole16(bytes ? 1 : 2);
	q->desc[1].flags = htole16((r->in_bytes ? VRING_DESC_F_WRITE : 0) | VRING_DESC_F_NEXT);
	q->desc[1].len = htole32(bytes);
	q->desc[2].len = htole32(r->tail_bytes + 1);
	q->avail->ring[idx % RING] = 0;
	/*
	 * Release: the chain is visible before the index. Pairs with the device's load of the
	 * index.
	 */
	__atomic_store_n(&q->avail->idx, htole16((uint16_t)(idx + 1)), __ATOMIC_RELEASE);
	CHECK(!eventfd_write(q->kick_fd, 1));
}

/**
 * raw_wait - wait until the device has used the request
 * @q: queue
 * @r: the request
 *
 * Returns the status, which is 0xff if the device wrote none.
 */
uint8_t raw_wait(struct raw_queue *q, const struct raw_request *r)
{
	uint16_t idx = le16toh(q->avail->idx);
	unsigned int tries = TIMEOUT_MS * 20;

	/* Acquire: data and status are visible after the index. Pairs with the device's store. */
	while (__atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) != htole16(idx)) {
		CHECK(tries--);
		nap();
	}
	CHECK_EQ(le32toh(q->used->ring[(uint16_t)(idx - 1) % RING].id), 0);
	return q->tail[r->tail_bytes];
}

/**
 * raw_request - submit a request and wait for its completion
 * @q: queue; its data buffer holds the data of the request
 * @r: the request
 *
 * Returns the status, which is 0xff if the device wrote none.
 */
uint8_t raw_request(struct raw_queue *q, const struct raw_request *r)
{
	raw_submit(q, r);
	return raw_wait(q, r);
}
