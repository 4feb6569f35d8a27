// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening, starting and stopping a device: what is negotiated, in which order, and what of the
 * configuration space is believed. The device is a thread that writes down what it is told.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "t/unit.h"
#include "vhost/blk_dev.h"

#define TIMEOUT_MS 200
#define BIT(n)	   (1ull << (n))
#define VERSION_1  BIT(32)
#define PROTOCOL   BIT(30)

/* Offsets in the configuration space (VIRTIO 1.3, 5.2.4). */
enum {
	CAPACITY = 0,
	SIZE_MAX_ = 8,
	SEG_MAX = 12,
	BLK_SIZE = 20,
	WCE = 32,
	NUM_QUEUES = 34,
	DISCARD_SECTORS = 36,
	DISCARD_SEG = 40,
	DISCARD_ALIGN = 44,
	ZONED_MODEL = 92,
};

enum protocol {
	MQ = 1 << 0,
	REPLY_ACK = 1 << 3,
	CONFIG = 1 << 9,
	MEM_SLOTS = 1 << 15,
	STATUS = 1 << 16,
};

struct record {
	uint32_t request, flags, bytes;
	unsigned char payload[280];
	unsigned int fds;
};

/* What the device is like, and what it was told. */
static struct peer {
	uint64_t features;
	uint64_t protocol;
	uint64_t queue_num;
	uint64_t slots;
	unsigned char config[256];
	uint32_t config_bytes;	/* it has that much */
	uint32_t config_only;	/* and answers only requests of this size; 0: of any */
	unsigned char wce_late; /* `writeback` once SET_FEATURES was seen */
	bool refuses_features;
	uint32_t refuses;     /* message */
	uint32_t ignores;     /* message: no answer any more */
	unsigned int hang_up; /* after that many messages */

	unsigned char status;
	bool kicked_early; /* before DRIVER_OK */
	struct record log[128];
	unsigned int n;
} peer;

static struct blk_dev dev;
static struct feature_wish wish;
static struct arena arena;
static struct blk_dev_queue queue[4];
static char dir[64];
static char path[108];
static int listener = -1;
static pthread_t thread;
static bool running;

static const struct {
	uint32_t request;
	const char *name;
	bool number; /* payload is a number that belongs into a transcript */
} names[] = {
	{ 1, "GET_FEATURES", false },
	{ 2, "SET_FEATURES", false },
	{ 3, "SET_OWNER", false },
	{ 5, "SET_MEM_TABLE", false },
	{ 8, "SET_VRING_NUM", true },
	{ 9, "SET_VRING_ADDR", true },
	{ 10, "SET_VRING_BASE", true },
	{ 11, "GET_VRING_BASE", true },
	{ 12, "SET_VRING_KICK", true },
	{ 13, "SET_VRING_CALL", true },
	{ 15, "GET_PROTOCOL_FEATURES", false },
	{ 16, "SET_PROTOCOL_FEATURES", false },
	{ 17, "GET_QUEUE_NUM", false },
	{ 18, "SET_VRING_ENABLE", true },
	{ 24, "GET_CONFIG", false },
	{ 36, "GET_MAX_MEM_SLOTS", false },
	{ 37, "ADD_MEM_REG", false },
	{ 39, "SET_STATUS", true },
	{ 40, "GET_STATUS", false },
};

static uint32_t get32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t get64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void set32(unsigned int at, uint32_t v)
{
	v = htole32(v);
	memcpy(peer.config + at, &v, sizeof(v));
}

static void set_capacity(uint64_t sectors)
{
	sectors = htole64(sectors);
	memcpy(peer.config + CAPACITY, &sectors, sizeof(sectors));
}

static void set_num_queues(uint16_t v)
{
	v = htole16(v);
	memcpy(peer.config + NUM_QUEUES, &v, sizeof(v));
}

static bool receive(int fd, void *data, size_t bytes, unsigned int *fds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * 8)];
		struct cmsghdr align;
	} control;
	size_t n = 0;

	while (n < bytes) {
		struct iovec iov = { .iov_base = (char *)data + n, .iov_len = bytes - n };
		struct msghdr hdr = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control.buf,
				      .msg_controllen = sizeof(control.buf) };
		ssize_t got = recvmsg(fd, &hdr, MSG_CMSG_CLOEXEC);
		struct cmsghdr *c;

		if (got <= 0)
			return false;
		for (c = CMSG_FIRSTHDR(&hdr); c; c = CMSG_NXTHDR(&hdr, c)) {
			int received;

			memcpy(&received, CMSG_DATA(c), sizeof(received));
			close(received);
			(*fds)++;
		}
		n += (size_t)got;
	}
	return true;
}

static void reply(int fd, uint32_t request, const void *payload, uint32_t bytes)
{
	unsigned char msg[12 + 280];
	uint32_t header[3] = { request, 5, bytes };

	memcpy(msg, header, sizeof(header));
	memcpy(msg + 12, payload, bytes);
	send(fd, msg, 12 + bytes, MSG_NOSIGNAL);
}

static bool was_kicked(void)
{
	for (size_t i = 0; i < COUNT(queue); i++) {
		struct pollfd pfd = { .fd = queue[i].kick_fd, .events = POLLIN };

		if (poll(&pfd, 1, 0) > 0)
			return true;
	}
	return false;
}

static void reply_config(int fd, const struct record *m)
{
	uint32_t asked = get32(m->payload + 4);
	uint32_t n = asked < peer.config_bytes ? asked : peer.config_bytes;
	unsigned char payload[12 + 256];

	if (peer.config_only && asked != peer.config_only)
		n = 0;
	memset(payload, 0, sizeof(payload));
	memcpy(payload + 4, &n, sizeof(n));
	memcpy(payload + 12, peer.config, n);
	reply(fd, m->request, payload, n ? 12 + n : 0);
}

static void handle(int fd, const struct record *m)
{
	uint64_t value = 0;

	switch (m->request) {
	case VHOST_USER_GET_FEATURES:
		value = peer.features;
		break;
	case VHOST_USER_GET_PROTOCOL_FEATURES:
		value = peer.protocol;
		break;
	case VHOST_USER_GET_QUEUE_NUM:
		value = peer.queue_num;
		break;
	case VHOST_USER_GET_MAX_MEM_SLOTS:
		value = peer.slots;
		break;
	case VHOST_USER_GET_STATUS:
		value = peer.status;
		break;
	case VHOST_USER_GET_VRING_BASE:
		value = get32(m->payload);
		break;
	case VHOST_USER_GET_CONFIG:
		reply_config(fd, m);
		return;
	default:
		if (m->request == VHOST_USER_SET_FEATURES)
			peer.config[WCE] = peer.wce_late;
		if (m->request == VHOST_USER_SET_STATUS)
			peer.status = m->payload[0] & (peer.refuses_features ? ~8 : ~0);
		if (m->request == VHOST_USER_SET_STATUS && m->payload[0] == 0xf)
			peer.kicked_early = was_kicked();
		/* Acknowledged where asked for. */
		if (!(m->flags & 8))
			return;
		value = m->request == peer.refuses;
	}
	reply(fd, m->request, &value, sizeof(value));
}

static void *device(void *arg)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	(void)arg;
	while (fd >= 0 && peer.n < COUNT(peer.log)) {
		struct record *m = &peer.log[peer.n];

		if (peer.hang_up && peer.n == peer.hang_up)
			break;
		if (!receive(fd, m, 12, &m->fds) || m->bytes > sizeof(m->payload) ||
		    !receive(fd, m->payload, m->bytes, &m->fds))
			break;
		peer.n++;
		if (!peer.ignores || m->request != peer.ignores)
			handle(fd, m);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Waits until the device has seen the end of the connection: its log is complete then. */
static void join(void)
{
	if (!running)
		return;
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	running = false;
}

static void be_device(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	join();
	if (listener >= 0)
		close(listener);
	unlink(path);
	peer.n = 0;
	peer.status = 0x55;
	memset(peer.log, 0, sizeof(peer.log));
	memcpy(addr.sun_path, path, strlen(path));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, device, NULL), 0);
	running = true;
}

static void setup(void)
{
	strcpy(dir, "/tmp/test-blk-dev-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	memset(&peer, 0, sizeof(peer));
	memset(&wish, 0, sizeof(wish));
	dev.vu.fd = -1;
	peer.features = VERSION_1 | PROTOCOL;
	peer.protocol = CONFIG | REPLY_ACK | MQ | MEM_SLOTS | STATUS;
	peer.queue_num = 4;
	peer.slots = 1;
	peer.config_bytes = 96;
	set_capacity(2048);
	set32(BLK_SIZE, 4096);
	set32(SEG_MAX, 126);
	set32(SIZE_MAX_, 65536);
	set32(DISCARD_SECTORS, 1000);
	set32(DISCARD_SEG, 3);
	set32(DISCARD_ALIGN, 8);
	set_num_queues(4);
	ck_assert_int_eq(arena_create(&arena, ARENA_UNIT, ARENA_PAGES_PLAIN), 0);
	for (size_t i = 0; i < COUNT(queue); i++) {
		unsigned char *base = arena.base + i * 65536;

		queue[i].size = 256;
		queue[i].addr.desc = base;
		queue[i].addr.driver = base + 8192;
		queue[i].addr.device = base + 16384;
		queue[i].kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		queue[i].call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
}

static void teardown(void)
{
	char command[128];

	vhost_user_close(&dev.vu);
	join();
	close(listener);
	listener = -1;
	for (size_t i = 0; i < COUNT(queue); i++) {
		close(queue[i].kick_fd);
		close(queue[i].call_fd);
	}
	arena_destroy(&arena);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static int try_open(void)
{
	be_device();
	return blk_dev_open(&dev, path, TIMEOUT_MS, &wish);
}

static void must_open(void)
{
	int ret = try_open();

	ck_assert_msg(ret == 0, "%d: '%s'", ret, dev.error);
}

/* What the device was told, of the messages named in @only; NULL is all of them. */
static const char *transcript(const char *only)
{
	static char text[4096];
	size_t at = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < peer.n; i++)
		for (size_t k = 0; k < COUNT(names); k++) {
			const char *space = at ? " " : "";

			if (names[k].request != peer.log[i].request ||
			    (only && !strstr(only, names[k].name)))
				continue;
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", space,
					       names[k].name);
			if (names[k].number)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "=%x",
						       get32(peer.log[i].payload));
		}
	return text;
}

static const struct record *find(uint32_t request)
{
	for (unsigned int i = 0; i < peer.n; i++)
		if (peer.log[i].request == request)
			return &peer.log[i];
	return NULL;
}

static uint64_t features_set(void)
{
	const struct record *m = find(VHOST_USER_SET_FEATURES);

	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(get64(m->payload), dev.features);
	return get64(m->payload);
}

static void must_fail(int error, const char *sentence)
{
	unsigned int fds;
	int ret;

	be_device();
	fds = unit_count_fds();
	ret = blk_dev_open(&dev, path, TIMEOUT_MS, &wish);
	ck_assert_msg(ret == error, "%d: '%s'", ret, dev.error);
	ck_assert_msg(strstr(dev.error, sentence) != NULL, "'%s'", dev.error);
	ck_assert_int_eq(dev.vu.fd, -1);
	join();
	ck_assert_uint_le(unit_count_fds(), fds);
}

static void must_start(uint32_t count)
{
	int ret = blk_dev_start(&dev, &arena, queue, count);

	ck_assert_msg(ret == 0, "%d: '%s'", ret, dev.error);
}

/* ---- features ---- */

START_TEST(FEAT_1_only_offered_features_are_accepted)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		peer.features = VERSION_1 | PROTOCOL | BIT(bit);
		must_open();
		blk_dev_stop(&dev);
		join();
		ck_assert_uint_eq(features_set() & ~peer.features, 0);
	}
}
END_TEST

START_TEST(FEAT_1_config_wce_needs_flush)
{
	peer.features |= BIT(11);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL);
	blk_dev_stop(&dev);

	peer.features |= BIT(9);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL | BIT(9) | BIT(11));
	blk_dev_stop(&dev);

	/* Offered, but not wanted: not accepted either. */
	wish.forbid = BIT(9);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL);
}
END_TEST

START_TEST(FEAT_2_unknown_bits_are_ignored)
{
	peer.features = ~0ull;
	must_open();
	/* IN_ORDER is for those who ask. */
	ck_assert_uint_eq(features_set(),
			  (BLK_DEV_FEATURES & ~FEATURE(VIRTIO_F_IN_ORDER)) | PROTOCOL);
	ck_assert_uint_eq(dev.offered, ~0ull);
	/* Legacy, reserved, and other devices' bits. */
	ck_assert_uint_eq(
		features_set() & (BIT(0) | BIT(7) | BIT(24) | BIT(26) | BIT(27) | BIT(63)), 0);
}
END_TEST

START_TEST(FEAT_3_version_1_is_accepted)
{
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL);
	ck_assert(blk_dev_has(&dev, 32));
}
END_TEST

START_TEST(FEAT_3_device_without_version_1_is_refused)
{
	peer.features = ~VERSION_1;
	must_fail(-ENOTSUP, "VIRTIO_F_VERSION_1");
	ck_assert_ptr_null(find(VHOST_USER_SET_FEATURES));
}
END_TEST

START_TEST(FEAT_4_access_platform_is_not_accepted)
{
	peer.features |= BIT(33) | BIT(36);
	must_open();
	ck_assert_uint_eq(features_set() & BIT(33), 0);
}
END_TEST

START_TEST(FEAT_read_only_is_accepted)
{
	peer.features |= BIT(5);
	must_open();
	ck_assert(features_set() & BIT(5));
	ck_assert(blk_dev_has(&dev, 5));
}
END_TEST

START_TEST(wishes_are_kept_or_refused)
{
	peer.features |= BIT(12) | BIT(29) | BIT(11) | BIT(9);
	wish.require = BIT(12);
	wish.forbid = BIT(29);
	must_open();
	ck_assert_uint_eq(features_set(), VERSION_1 | PROTOCOL | BIT(12) | BIT(11) | BIT(9));
	blk_dev_stop(&dev);

	wish.require = BIT(12) | BIT(28) | BIT(13);
	must_fail(-ENOTSUP, "requires discard,indirect_desc, which the device does not offer");
	ck_assert_ptr_null(find(VHOST_USER_SET_FEATURES));

	wish.require = BIT(11);
	wish.forbid = BIT(9);
	must_fail(-ENOTSUP, "requires config_wce, which needs flush");
}
END_TEST

/* ---- configuration space ---- */

START_TEST(CONF_2_fields_without_their_feature_are_not_read)
{
	for (int offered = 0; offered < 2; offered++) {
		memset(peer.config + 8, 0xff, sizeof(peer.config) - 8);
		peer.wce_late = 0xff;
		if (offered) {
			/* Offered, not accepted. */
			wish.forbid = BIT(1) | BIT(2) | BIT(6) | BIT(10) | BIT(12) | BIT(13);
			peer.features |= wish.forbid;
		}
		must_open();
		ck_assert_uint_eq(dev.capacity_bytes, 2048 * 512);
		ck_assert_uint_eq(dev.block_bytes, 512);
		ck_assert_uint_eq(dev.seg_max, BLK_DEV_SEGMENTS_UNLIMITED);
		ck_assert_uint_eq(dev.size_max, BLK_DEV_SIZE_UNLIMITED);
		ck_assert_uint_eq(dev.queues_max, 1);
		ck_assert_uint_eq(dev.discard_max_bytes, 0);
		ck_assert_uint_eq(dev.discard_max_segments, 0);
		ck_assert(!dev.writeback);
		blk_dev_stop(&dev);
	}
}
END_TEST

START_TEST(CONF_2_fields_with_their_feature_are_read)
{
	peer.features |= BIT(1) | BIT(2) | BIT(6) | BIT(9) | BIT(10) | BIT(12) | BIT(13);
	must_open();
	ck_assert_uint_eq(dev.capacity_bytes, 2048 * 512);
	ck_assert_uint_eq(dev.block_bytes, 4096);
	ck_assert_uint_eq(dev.seg_max, 126);
	ck_assert_uint_eq(dev.size_max, 65536);
	ck_assert_uint_eq(dev.queues_max, 4);
	ck_assert_uint_eq(dev.discard_max_bytes, 1000 * 512);
	ck_assert_uint_eq(dev.discard_max_segments, 3);
}
END_TEST

/* End of each feature's part (VIRTIO 1.3, 5.2.4): geometry is not used, and yet is there. */
static const struct {
	unsigned int bit;
	uint32_t end;
} parts[] = {
	{ 63, 8 },  { 1, 12 },	{ 2, 16 },  { 4, 20 },	{ 6, 24 },  { 10, 32 },
	{ 11, 33 }, { 12, 36 }, { 13, 48 }, { 14, 60 }, { 16, 72 }, { 17, 96 },
};

START_TEST(CONF_3_exactly_what_the_offered_features_define_is_asked_for)
{
	const struct record *m;

	peer.features |= BIT(parts[_i].bit);
	must_open();
	m = find(VHOST_USER_GET_CONFIG);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(get32(m->payload), 0);
	ck_assert_uint_eq(get32(m->payload + 4), parts[_i].end);
	/* With the smaller ones. */
	blk_dev_stop(&dev);
	peer.features |= BIT(1) | BIT(parts[_i].bit);
	must_open();
	m = find(VHOST_USER_GET_CONFIG);
	ck_assert_uint_eq(get32(m->payload + 4), parts[_i].end > 12 ? parts[_i].end : 12);
}
END_TEST

START_TEST(CONF_3_larger_space_is_fine)
{
	peer.config_bytes = 256;
	peer.features |= BIT(6) | BIT(12);
	must_open();
	ck_assert_uint_eq(dev.block_bytes, 4096);
}
END_TEST

START_TEST(CONF_3_space_of_one_size_only_is_found)
{
	static const uint32_t only[] = { 8, 24, 36, 57, 60, 72, 96, 256 };

	for (size_t i = 0; i < COUNT(only); i++) {
		peer.config_bytes = peer.config_only = only[i];
		must_open();
		ck_assert_uint_eq(dev.capacity_bytes, 2048 * 512);
		blk_dev_stop(&dev);
	}
}
END_TEST

START_TEST(CONF_3_too_small_space_for_a_field_in_use_is_an_error)
{
	static const struct {
		unsigned int bit;
		const char *name;
		uint32_t end;
	} fields[] = { { 1, "size_max", 12 },
		       { 2, "seg_max", 16 },
		       { 6, "blk_size", 24 },
		       { 12, "mq", 36 },
		       { 13, "discard", 48 } };
	char sentence[100];

	for (size_t i = 0; i < COUNT(fields); i++) {
		peer.features = VERSION_1 | PROTOCOL | BIT(fields[i].bit);
		for (uint32_t cut = 1; cut <= 4; cut += 3) {
			peer.config_bytes = fields[i].end - cut;
			snprintf(sentence, sizeof(sentence),
				 "configuration space has %u bytes, too few for the field that %s "
				 "needs",
				 peer.config_bytes, fields[i].name);
			must_fail(-EPROTO, sentence);
		}
		/* A field that nobody uses need not be there. */
		wish.forbid = BIT(fields[i].bit);
		must_open();
		blk_dev_stop(&dev);
		wish.forbid = 0;
		peer.config_bytes = fields[i].end;
		must_open();
		blk_dev_stop(&dev);
	}
	peer.features = VERSION_1 | PROTOCOL;
	peer.config_bytes = 7;
	must_fail(-EPROTO, "too small for the capacity");
}
END_TEST

START_TEST(VU_9_no_answer_of_any_size_is_an_error)
{
	peer.config_only = 11;
	must_fail(-EPROTO, "GET_CONFIG");
}
END_TEST

START_TEST(CONF_absurd_values_are_errors_and_zero_limits_none)
{
	static const uint32_t block_sizes[] = { 0, 1, 256, 511, 513, 4097, 0xffffffff };

	peer.features |= BIT(6);
	for (size_t i = 0; i < COUNT(block_sizes); i++) {
		set32(BLK_SIZE, block_sizes[i]);
		must_fail(-EPROTO, "logical block size");
	}
	set32(BLK_SIZE, 512);
	set_capacity(~0ull);
	must_fail(-EPROTO, "larger than");
	set_capacity(1ull << 54);
	must_fail(-EPROTO, "larger than");
	set_capacity((1ull << 54) - 1);
	must_open();
	blk_dev_stop(&dev);

	peer.features |= BIT(1) | BIT(2);
	set32(SIZE_MAX_, 511);
	must_fail(-EPROTO, "size_max");
	set32(SIZE_MAX_, 4097);
	set32(SEG_MAX, 0);
	must_open();
	ck_assert_uint_eq(dev.size_max, 4096);
	ck_assert_uint_eq(dev.seg_max, BLK_DEV_SEGMENTS_UNLIMITED);
	blk_dev_stop(&dev);
	set32(SIZE_MAX_, 0);
	set32(SEG_MAX, 1);
	must_open();
	ck_assert_uint_eq(dev.size_max, BLK_DEV_SIZE_UNLIMITED);
	ck_assert_uint_eq(dev.seg_max, 1);
	blk_dev_stop(&dev);

	peer.features |= BIT(13);
	set32(DISCARD_SECTORS, 0);
	must_fail(-EPROTO, "discard");
	set32(DISCARD_SECTORS, 0xffffffff);
	must_open();
	/* Aligned down to what the device prefers: 8 sectors. */
	ck_assert_uint_eq(dev.discard_max_bytes, 0xfffffff8ull * 512);
	blk_dev_stop(&dev);
	set32(DISCARD_SEG, 0);
	must_fail(-EPROTO, "discard");
}
END_TEST

START_TEST(BLK_1_cache_mode_without_config_wce)
{
	peer.config[WCE] = peer.wce_late = 0;
	peer.features |= BIT(9);
	must_open();
	ck_assert(dev.writeback);
	blk_dev_stop(&dev);
	/* Neither of the two: write-through. */
	peer.config[WCE] = peer.wce_late = 1;
	peer.features = VERSION_1 | PROTOCOL;
	must_open();
	ck_assert(!dev.writeback);
}
END_TEST

START_TEST(BLK_2_cache_mode_is_what_it_is_after_features_ok)
{
	for (unsigned char mode = 0; mode < 2; mode++) {
		unsigned int read = 0, set = 0;

		peer.features |= BIT(9) | BIT(11);
		peer.config[WCE] = !mode;
		peer.wce_late = mode;
		must_open();
		ck_assert_int_eq(dev.writeback, mode);
		blk_dev_stop(&dev);
		join();
		for (unsigned int i = 0; i < peer.n; i++) {
			if (peer.log[i].request == VHOST_USER_GET_CONFIG)
				read = i;
			if (peer.log[i].request == VHOST_USER_GET_STATUS)
				set = i;
		}
		ck_assert_uint_gt(set, 0);
		ck_assert_uint_gt(read, set);
	}
}
END_TEST

START_TEST(BLK_3_host_managed_zones_are_refused)
{
	peer.features |= BIT(17);
	peer.config[ZONED_MODEL] = 1;
	ck_assert_msg(try_open() < 0, "host-managed device was taken without its zones");
}
END_TEST

/* ---- protocol ---- */

START_TEST(VU_3_protocol_features_only_where_they_are_offered)
{
	peer.features = VERSION_1;
	must_fail(-ENOTSUP, "VHOST_USER_PROTOCOL_F_CONFIG");
	ck_assert_ptr_null(find(VHOST_USER_GET_PROTOCOL_FEATURES));
	ck_assert_ptr_null(find(VHOST_USER_SET_PROTOCOL_FEATURES));
	peer.features = VERSION_1 | PROTOCOL;
	peer.protocol = ~0ull & ~(uint64_t)CONFIG;
	must_fail(-ENOTSUP, "VHOST_USER_PROTOCOL_F_CONFIG");
}
END_TEST

START_TEST(VU_3_only_known_protocol_features_are_set)
{
	const struct record *m;

	peer.protocol = ~0ull;
	must_open();
	m = find(VHOST_USER_SET_PROTOCOL_FEATURES);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(get64(m->payload), MQ | REPLY_ACK | CONFIG | MEM_SLOTS | STATUS);
	ck_assert(features_set() & PROTOCOL);
	blk_dev_stop(&dev);
	peer.protocol = CONFIG | BIT(1) | BIT(40);
	must_open();
	m = find(VHOST_USER_SET_PROTOCOL_FEATURES);
	ck_assert_uint_eq(get64(m->payload), CONFIG);
}
END_TEST

START_TEST(VU_5_back_end_needs_a_slot_where_it_has_slots)
{
	int ret;

	peer.slots = 0;
	ret = try_open();
	if (!ret)
		ret = blk_dev_start(&dev, &arena, queue, 1);
	ck_assert_int_eq(ret, -ENOSPC);
	ck_assert_msg(strstr(dev.error, "GET_MAX_MEM_SLOTS") != NULL, "'%s'", dev.error);
	join();
	ck_assert_ptr_null(find(VHOST_USER_ADD_MEM_REG));
	/* Without slots nobody asks for them. */
	peer.protocol &= ~(uint64_t)MEM_SLOTS;
	must_open();
	must_start(1);
	blk_dev_stop(&dev);
	join();
	ck_assert_ptr_null(find(VHOST_USER_GET_MAX_MEM_SLOTS));
	ck_assert_ptr_null(find(VHOST_USER_ADD_MEM_REG));
	ck_assert_ptr_nonnull(find(VHOST_USER_SET_MEM_TABLE));
}
END_TEST

START_TEST(VU_6_rings_are_enabled_with_protocol_features)
{
	must_open();
	must_start(2);
	blk_dev_stop(&dev);
	join();
	ck_assert_str_eq(transcript("SET_VRING_KICK SET_VRING_ENABLE"),
			 "SET_VRING_KICK=0 SET_VRING_KICK=1 SET_VRING_ENABLE=0 "
			 "SET_VRING_ENABLE=1");
	ck_assert_uint_eq(get32(find(VHOST_USER_SET_VRING_ENABLE)->payload + 4), 1);
}
END_TEST

START_TEST(VU_6_rings_start_enabled_without_protocol_features)
{
	must_open();
	/* No such device gets this far, as its size cannot be read. */
	dev.features &= ~PROTOCOL;
	must_start(2);
	ck_assert_int_eq(blk_dev_disable_queue(&dev, 0), -ENOTSUP);
	blk_dev_stop(&dev);
	join();
	ck_assert_ptr_null(find(VHOST_USER_SET_VRING_ENABLE));
}
END_TEST

START_TEST(VU_7_queue_count_is_the_smaller_of_both)
{
	static const struct {
		bool protocol, feature;
		uint64_t back_end;
		uint16_t device;
		uint32_t queues;
	} cases[] = {
		{ true, true, 4, 4, 4 },	  { true, true, 2, 8, 2 },
		{ true, true, 8, 2, 2 },	  { true, true, 1, 1, 1 },
		{ true, true, 1ull << 32, 3, 3 }, { true, true, ~0ull, 5, 5 },
		{ true, false, 8, 8, 1 },	  { false, true, 8, 8, 1 },
		{ false, false, 8, 8, 1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		peer.protocol = CONFIG | REPLY_ACK | (cases[i].protocol ? MQ : 0);
		peer.features = VERSION_1 | PROTOCOL | (cases[i].feature ? BIT(12) : 0);
		peer.queue_num = cases[i].back_end;
		set_num_queues(cases[i].device);
		must_open();
		ck_assert_uint_eq(dev.queues_max, cases[i].queues);
		blk_dev_stop(&dev);
		join();
		if (!cases[i].protocol)
			ck_assert_ptr_null(find(VHOST_USER_GET_QUEUE_NUM));
	}
	peer.protocol |= MQ;
	peer.features |= BIT(12);
	peer.queue_num = 0;
	must_fail(-EPROTO, "no queue");
	peer.queue_num = 4;
	set_num_queues(0);
	must_fail(-EPROTO, "no queue");
}
END_TEST

START_TEST(VU_7_queues_are_no_more_than_the_protocol_can_name)
{
	peer.features |= BIT(12);
	peer.queue_num = 1000;
	set_num_queues(1000);
	must_open();
	/* SET_VRING_KICK has eight bits for the ring's number. */
	ck_assert_uint_le(dev.queues_max, 256);
}
END_TEST

/* ---- order ---- */

START_TEST(INIT_1_steps_come_in_order)
{
	peer.features |= BIT(12);
	must_open();
	must_start(2);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	ck_assert_str_eq(transcript("SET_STATUS GET_STATUS SET_FEATURES ADD_MEM_REG SET_VRING_NUM"),
			 "SET_STATUS=0 SET_STATUS=1 SET_STATUS=3 SET_FEATURES SET_STATUS=b "
			 "GET_STATUS ADD_MEM_REG SET_VRING_NUM=0 SET_VRING_NUM=1 SET_STATUS=f "
			 "SET_STATUS=0");
	ck_assert_uint_eq(peer.log[0].request, VHOST_USER_GET_FEATURES);
	ck_assert_str_eq(transcript("GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_QUEUE_NUM "
				    "GET_CONFIG ADD_MEM_REG"),
			 "GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_CONFIG GET_QUEUE_NUM "
			 "ADD_MEM_REG");
	ck_assert_ptr_nonnull(find(VHOST_USER_SET_OWNER));
}
END_TEST

START_TEST(INIT_1_no_status_where_the_protocol_has_none)
{
	peer.protocol &= ~(uint64_t)STATUS;
	must_open();
	must_start(1);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	ck_assert_str_eq(transcript("SET_STATUS GET_STATUS"), "");
}
END_TEST

START_TEST(INIT_3_features_that_are_not_ok_end_it)
{
	peer.refuses_features = true;
	must_fail(-ENOTSUP, "FEATURES_OK");
	ck_assert(peer.status & 0x80);
	ck_assert_ptr_null(find(VHOST_USER_ADD_MEM_REG));
}
END_TEST

START_TEST(INIT_3_steps_that_fail_leave_FAILED)
{
	static const struct {
		uint32_t request;
		const char *name;
	} steps[] = { { 3, "SET_OWNER" },	 { 39, "SET_STATUS" },	   { 2, "SET_FEATURES" },
		      { 37, "ADD_MEM_REG" },	 { 8, "SET_VRING_NUM" },   { 9, "SET_VRING_ADDR" },
		      { 10, "SET_VRING_BASE" },	 { 13, "SET_VRING_CALL" }, { 12, "SET_VRING_KICK" },
		      { 18, "SET_VRING_ENABLE" } };

	for (size_t i = 0; i < COUNT(steps); i++) {
		int ret;

		peer.refuses = steps[i].request;
		ret = try_open();
		if (!ret)
			ret = blk_dev_start(&dev, &arena, queue, 2);
		ck_assert_int_eq(ret, -EPROTO);
		ck_assert_msg(strstr(dev.error, steps[i].name) != NULL, "'%s'", dev.error);
		ck_assert_int_eq(dev.vu.fd, -1);
		join();
		/* The last thing said, and the initialisation stopped at the one refused. */
		ck_assert_uint_eq(peer.log[peer.n - 1].request, VHOST_USER_SET_STATUS);
		ck_assert(peer.log[peer.n - 1].payload[0] & 0x80);
		ck_assert_uint_eq(peer.log[peer.n - 2].request, steps[i].request);
		ck_assert(!was_kicked());
	}
}
END_TEST

/* VIRTIO 1.3, 2.1.1: the driver does not clear a status bit, other than by a reset. */
START_TEST(INIT_3_FAILED_is_added_to_the_bits_that_are_set)
{
	peer.refuses = VHOST_USER_ADD_MEM_REG;
	must_open();
	ck_assert_int_eq(blk_dev_start(&dev, &arena, queue, 1), -EPROTO);
	join();
	ck_assert_uint_eq(peer.status, 0x8b);
}
END_TEST

START_TEST(VU_10_connection_that_closes_at_any_message_is_an_error)
{
	unsigned int messages;

	peer.features |= BIT(9) | BIT(11) | BIT(12);
	must_open();
	must_start(2);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	messages = peer.n;
	ck_assert_uint_gt(messages, 25);
	for (peer.hang_up = 1; peer.hang_up < messages; peer.hang_up++) {
		int ret = try_open();

		if (!ret)
			ret = blk_dev_start(&dev, &arena, queue, 2);
		if (!ret)
			ret = blk_dev_stop(&dev);
		ck_assert_msg(ret == -ECONNRESET, "message %u: %d", peer.hang_up, ret);
		ck_assert_msg(strstr(dev.error, "closed the connection at ") != NULL, "'%s'",
			      dev.error);
		ck_assert_int_eq(dev.vu.fd, -1);
	}
}
END_TEST

START_TEST(VU_10_silence_is_an_error_within_the_time_limit)
{
	static const uint32_t silent[] = { 1, 15, 3, 24, 39, 40 };

	for (size_t i = 0; i < COUNT(silent); i++) {
		struct timespec begin, end;
		int64_t ms;

		peer.ignores = silent[i];
		be_device();
		clock_gettime(CLOCK_MONOTONIC, &begin);
		ck_assert_int_eq(blk_dev_open(&dev, path, TIMEOUT_MS, &wish), -ETIMEDOUT);
		clock_gettime(CLOCK_MONOTONIC, &end);
		ms = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
		/* One limit for the answer, one for the farewell; and a busy machine. */
		ck_assert_msg(ms < 2 * TIMEOUT_MS + 300, "message %u: %d ms", silent[i], (int)ms);
	}
}
END_TEST

/* ---- start and stop ---- */

START_TEST(start_shares_the_arena_and_describes_the_queues)
{
	const struct record *m;
	unsigned int seen = 0;

	must_open();
	must_start(3);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	m = find(VHOST_USER_ADD_MEM_REG);
	ck_assert_uint_eq(get64(m->payload + 8), ARENA_IOVA);
	ck_assert_uint_eq(get64(m->payload + 16), arena.bytes);
	ck_assert_uint_eq(get64(m->payload + 24), (uintptr_t)arena.base);
	ck_assert_uint_eq(get64(m->payload + 32), 0);
	ck_assert_uint_eq(m->fds, 1);
	for (unsigned int i = 0; i < peer.n; i++) {
		m = &peer.log[i];
		if (m->request == VHOST_USER_SET_VRING_ADDR) {
			uint32_t index = get32(m->payload);

			ck_assert_uint_eq(index, seen++);
			ck_assert_uint_eq(get64(m->payload + 8), (uintptr_t)queue[index].addr.desc);
			ck_assert_uint_eq(get64(m->payload + 16),
					  (uintptr_t)queue[index].addr.device);
			ck_assert_uint_eq(get64(m->payload + 24),
					  (uintptr_t)queue[index].addr.driver);
		}
		if (m->request == VHOST_USER_SET_VRING_NUM)
			ck_assert_uint_eq(get32(m->payload + 4), 256);
		/* VU-12: a split ring starts at 0. */
		if (m->request == VHOST_USER_SET_VRING_BASE)
			ck_assert_uint_eq(get32(m->payload + 4), 0);
		ck_assert_uint_eq(m->fds, m->request == VHOST_USER_SET_VRING_KICK ||
						  m->request == VHOST_USER_SET_VRING_CALL ||
						  m->request == VHOST_USER_ADD_MEM_REG);
	}
	ck_assert_uint_eq(seen, 3);
}
END_TEST

START_TEST(VU_8_every_ring_is_stopped_before_the_end)
{
	must_open();
	must_start(4);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	ck_assert_int_eq(dev.vu.fd, -1);
	join();
	ck_assert_str_eq(transcript("GET_VRING_BASE ADD_MEM_REG"),
			 "ADD_MEM_REG GET_VRING_BASE=0 GET_VRING_BASE=1 GET_VRING_BASE=2 "
			 "GET_VRING_BASE=3");
	/* Reset comes after the last of them. */
	ck_assert_uint_eq(peer.log[peer.n - 1].request, VHOST_USER_SET_STATUS);
	ck_assert_uint_eq(peer.log[peer.n - 1].payload[0], 0);
	ck_assert_uint_eq(peer.log[peer.n - 2].request, VHOST_USER_GET_VRING_BASE);
}
END_TEST

START_TEST(VU_8_single_ring_is_disabled_and_not_stopped)
{
	const struct record *m;

	must_open();
	must_start(2);
	ck_assert_int_eq(blk_dev_disable_queue(&dev, 1), 0);
	vhost_user_close(&dev.vu);
	join();
	ck_assert_ptr_null(find(VHOST_USER_GET_VRING_BASE));
	m = &peer.log[peer.n - 1];
	ck_assert_uint_eq(m->request, VHOST_USER_SET_VRING_ENABLE);
	ck_assert_uint_eq(get32(m->payload), 1);
	ck_assert_uint_eq(get32(m->payload + 4), 0);
}
END_TEST

START_TEST(VU_8_stop_without_start_stops_no_ring)
{
	must_open();
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	join();
	ck_assert_ptr_null(find(VHOST_USER_GET_VRING_BASE));
}
END_TEST

START_TEST(VU_13_each_ring_is_kicked_once_after_driver_ok)
{
	must_open();
	ck_assert(!was_kicked());
	must_start(3);
	/* INIT-2: not before. */
	ck_assert(!peer.kicked_early);
	for (unsigned int i = 0; i < COUNT(queue); i++) {
		uint64_t count = 0;
		ssize_t n = read(queue[i].kick_fd, &count, sizeof(count));

		ck_assert_int_eq(n, i < 3 ? 8 : -1);
		ck_assert_uint_eq(count, i < 3);
	}
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
}
END_TEST

START_TEST(start_that_cannot_kick_leaves_no_connection)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), kick = queue[1].kick_fd;

	must_open();
	queue[1].kick_fd = fd;
	ck_assert_int_lt(blk_dev_start(&dev, &arena, queue, 2), 0);
	ck_assert_str_ne(dev.error, "");
	queue[1].kick_fd = kick;
	close(fd);
	ck_assert_int_eq(dev.vu.fd, -1);
}
END_TEST

START_TEST(start_that_takes_too_long_speaks_of_huge_pages)
{
	peer.ignores = VHOST_USER_ADD_MEM_REG;
	must_open();
	ck_assert_int_eq(blk_dev_start(&dev, &arena, queue, 1), -ETIMEDOUT);
	ck_assert_msg(strstr(dev.error, "ADD_MEM_REG") && strstr(dev.error, "vblk_hugepages=2M"),
		      "'%s'", dev.error);
	ck_assert_int_eq(dev.vu.fd, -1);
}
END_TEST

START_TEST(start_without_acknowledgements_waits_for_the_back_end)
{
	peer.protocol &= ~(uint64_t)REPLY_ACK;
	must_open();
	must_start(1);
	vhost_user_close(&dev.vu);
	join();
	/* A question after the last message that has no answer: it was dealt with. */
	ck_assert_msg(strstr(transcript(NULL), "SET_VRING_ENABLE=0 GET_") != NULL, "%s",
		      transcript(NULL));
}
END_TEST

START_TEST(paths_that_are_no_socket_are_told)
{
	char name[120];
	FILE *f;

	snprintf(name, sizeof(name), "%s/none", dir);
	ck_assert_int_eq(blk_dev_open(&dev, name, TIMEOUT_MS, &wish), -ENOENT);
	ck_assert_msg(strstr(dev.error, "vhost-user socket") != NULL, "'%s'", dev.error);
	f = fopen(name, "w");
	fclose(f);
	ck_assert_int_eq(blk_dev_open(&dev, name, TIMEOUT_MS, &wish), -ENOTSOCK);
	ck_assert_str_eq(dev.error, "is a regular file, not a vhost-user socket");
	ck_assert_int_eq(blk_dev_open(&dev, dir, TIMEOUT_MS, &wish), -ENOTSOCK);
	ck_assert_str_eq(dev.error, "is a directory, not a vhost-user socket");
	ck_assert_int_eq(blk_dev_open(&dev, "/dev/null", TIMEOUT_MS, &wish), -ENOTSOCK);
	ck_assert_str_eq(dev.error, "is a character device, not a vhost-user socket");
	be_device();
	join();
	close(listener);
	listener = -1;
	ck_assert_int_eq(blk_dev_open(&dev, path, TIMEOUT_MS, &wish), -ECONNREFUSED);
	ck_assert_int_eq(dev.vu.fd, -1);
}
END_TEST

START_TEST(close_can_be_repeated)
{
	must_open();
	blk_dev_close(&dev);
	ck_assert_int_eq(dev.vu.fd, -1);
	blk_dev_close(&dev);
}
END_TEST

START_TEST(REQ_6_status_bytes_have_their_errno)
{
	for (unsigned int status = 0; status < 256; status++) {
		int want = status == 0 ? 0 : status == 1 ? EIO : status == 2 ? ENOTSUP : EPROTO;

		ck_assert_int_eq(blk_dev_status_error((uint8_t)status), want);
	}
	ck_assert_int_eq(blk_dev_status_error(BLK_STATUS_NONE), EPROTO);
}
END_TEST

static TCase *tcase(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("blk-dev");
	TCase *tc = tcase(suite, "features");

	tcase_add_test(tc, FEAT_1_only_offered_features_are_accepted);
	tcase_add_test(tc, FEAT_1_config_wce_needs_flush);
	tcase_add_test(tc, FEAT_2_unknown_bits_are_ignored);
	tcase_add_test(tc, FEAT_3_version_1_is_accepted);
	tcase_add_test(tc, FEAT_3_device_without_version_1_is_refused);
	tcase_add_test(tc, FEAT_4_access_platform_is_not_accepted);
	tcase_add_test(tc, FEAT_read_only_is_accepted);
	tcase_add_test(tc, wishes_are_kept_or_refused);

	tc = tcase(suite, "config");
	tcase_add_test(tc, CONF_2_fields_without_their_feature_are_not_read);
	tcase_add_test(tc, CONF_2_fields_with_their_feature_are_read);
	tcase_add_loop_test(tc, CONF_3_exactly_what_the_offered_features_define_is_asked_for, 0,
			    COUNT(parts));
	tcase_add_test(tc, CONF_3_larger_space_is_fine);
	tcase_add_test(tc, CONF_3_space_of_one_size_only_is_found);
	tcase_add_test(tc, CONF_3_too_small_space_for_a_field_in_use_is_an_error);
	tcase_add_test(tc, VU_9_no_answer_of_any_size_is_an_error);
	tcase_add_test(tc, CONF_absurd_values_are_errors_and_zero_limits_none);
	tcase_add_test(tc, BLK_1_cache_mode_without_config_wce);
	tcase_add_test(tc, BLK_2_cache_mode_is_what_it_is_after_features_ok);
	tcase_add_test(tc, BLK_3_host_managed_zones_are_refused);

	tc = tcase(suite, "protocol");
	tcase_add_test(tc, VU_3_protocol_features_only_where_they_are_offered);
	tcase_add_test(tc, VU_3_only_known_protocol_features_are_set);
	tcase_add_test(tc, VU_5_back_end_needs_a_slot_where_it_has_slots);
	tcase_add_test(tc, VU_6_rings_are_enabled_with_protocol_features);
	tcase_add_test(tc, VU_6_rings_start_enabled_without_protocol_features);
	tcase_add_test(tc, VU_7_queue_count_is_the_smaller_of_both);
	tcase_add_test(tc, VU_7_queues_are_no_more_than_the_protocol_can_name);

	tc = tcase(suite, "order");
	tcase_add_test(tc, INIT_1_steps_come_in_order);
	tcase_add_test(tc, INIT_1_no_status_where_the_protocol_has_none);
	tcase_add_test(tc, INIT_3_features_that_are_not_ok_end_it);
	tcase_add_test(tc, INIT_3_steps_that_fail_leave_FAILED);
	tcase_add_test(tc, INIT_3_FAILED_is_added_to_the_bits_that_are_set);
	tcase_add_test(tc, VU_10_connection_that_closes_at_any_message_is_an_error);
	tcase_add_test(tc, VU_10_silence_is_an_error_within_the_time_limit);

	tc = tcase(suite, "start and stop");
	tcase_add_test(tc, start_shares_the_arena_and_describes_the_queues);
	tcase_add_test(tc, VU_8_every_ring_is_stopped_before_the_end);
	tcase_add_test(tc, VU_8_single_ring_is_disabled_and_not_stopped);
	tcase_add_test(tc, VU_8_stop_without_start_stops_no_ring);
	tcase_add_test(tc, VU_13_each_ring_is_kicked_once_after_driver_ok);
	tcase_add_test(tc, start_that_cannot_kick_leaves_no_connection);
	tcase_add_test(tc, start_that_takes_too_long_speaks_of_huge_pages);
	tcase_add_test(tc, start_without_acknowledgements_waits_for_the_back_end);
	tcase_add_test(tc, paths_that_are_no_socket_are_told);
	tcase_add_test(tc, close_can_be_repeated);

	tc = tcase(suite, "status");
	tcase_add_test(tc, REQ_6_status_bytes_have_their_errno);
	return unit_main(suite);
}
