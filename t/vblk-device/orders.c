/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault orders: parse, count down, match
 *
 * An order consists of a word, for some words a value, the number of the request that the order
 * applies to, and optionally a request type: "fail=1 20 write". Requests are counted from 1 on when
 * the order arrives, over all queues; with a type, only requests of that type count. Orders come
 * from the command line and, at any time, from a FIFO.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_blk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/vblk-device/vblk-device.h"
#include "t/vblk-device/orders.h"
#include "t/vblk-device/zoned.h"

#define ORDER_BYTES_MAX 128u
#define ANY_ZONE_TYPE	UINT32_MAX
#define COPY_MS_MAX	60000u

enum value { VALUE_NONE, VALUE_OPTIONAL, VALUE_NEEDED };

/* Words of the orders for requests. A device with IN_ORDER rejects those with @not_in_order. */
static const struct {
	const char *word;
	struct vdev_fault fault;
	enum value value;
	uint32_t value_max;
	bool not_in_order;
} words[] = {
	{ "fail",
	  { .defect = VDEV_DEFECT_FAIL, .status = VIRTIO_BLK_S_IOERR },
	  VALUE_OPTIONAL,
	  UINT8_MAX,
	  false },
	{ "delay", { .hold = VDEV_HOLD_DELAY }, VALUE_NEEDED, 3600000, false },
	{ "drop", { .hold = VDEV_HOLD_DROP }, VALUE_NONE, 0, true },
	{ "reorder", { .hold = VDEV_HOLD_REORDER }, VALUE_NONE, 0, true },
	{ "die", { .die = true }, VALUE_NONE, 0, false },
	{ "no-status", { .defect = VDEV_DEFECT_NO_STATUS }, VALUE_NONE, 0, false },
	{ "no-data", { .defect = VDEV_DEFECT_NO_DATA }, VALUE_NONE, 0, false },
};

static const struct {
	const char *word;
	uint32_t type;
} types[] = {
	{ "read", VIRTIO_BLK_T_IN },
	{ "write", VIRTIO_BLK_T_OUT },
	{ "flush", VIRTIO_BLK_T_FLUSH },
	{ "discard", VIRTIO_BLK_T_DISCARD },
	{ "write-zeroes", VIRTIO_BLK_T_WRITE_ZEROES },
	{ "secure-erase", VIRTIO_BLK_T_SECURE_ERASE },
	{ "get-id", VIRTIO_BLK_T_GET_ID },
	{ "zone", ANY_ZONE_TYPE },
};

struct order {
	struct order *next;
	struct vdev_fault fault;
	bool typed;
	uint32_t type;
	uint64_t left; /* matching requests until the fault happens, including the faulty one */
};

unsigned int vdev_orders_pending;
unsigned int vdev_orders_clears;

/* Protects the list of orders, which the orders thread and all workers use. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct order *orders;

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *v >= min && *v <= max;
}

static bool parse_word(char *text, struct vdev_fault *fault)
{
	char *value = strchr(text, '=');
	uint64_t v;

	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(text, words[i].word))
			continue;
		if (words[i].not_in_order && vdev_opt.in_order)
			return false;
		*fault = words[i].fault;
		if (!value)
			return words[i].value != VALUE_NEEDED;
		if (words[i].value == VALUE_NONE || !number(value, 0, words[i].value_max, &v))
			return false;
		if (fault->hold)
			fault->delay_us = v * US_PER_MS;
		else
			fault->status = (uint8_t)v;
		return true;
	}
	return false;
}

static bool parse_type(const char *text, struct order *o)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(text, types[i].word))
			continue;
		o->typed = true;
		o->type = types[i].type;
		return true;
	}
	return false;
}

static void clear(void)
{
	pthread_mutex_lock(&lock);
	while (orders) {
		struct order *o = orders;

		orders = o->next;
		free(o);
	}
	store_relaxed(&vdev_orders_pending, 0);
	__atomic_add_fetch(&vdev_orders_clears, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&lock);
	/* Held requests are completed by their workers, which may be asleep. */
	vdev_workers_wake();
}

/* "capacity BYTES": change the capacity in the configuration space. Requests beyond it fail. */
static int set_capacity(const char *text, const char *more)
{
	uint64_t v;

	if (more || !number(text, VDEV_SECTOR_BYTES, INT64_MAX, &v) || v % VDEV_SECTOR_BYTES)
		return -EINVAL;
	store_relaxed(&vdev_store.capacity_bytes, v);
	return 0;
}

/* "copy-rate MS [2M]": measure the copy rate, with "2M" to memory with huge pages. */
static int copy_rate(const char *ms, const char *pages, const char *more)
{
	uint64_t v;

	if (!number(ms, 1, COPY_MS_MAX, &v) || (pages && strcmp(pages, "2M")) || more)
		return -EINVAL;
	return vdev_copy_rate(v, pages != NULL);
}

/**
 * vdev_orders_add - add an order, or execute it
 * @text: the order
 *
 * "clear", "capacity", "copy-rate", "offline ZONE" and "read-only ZONE" are executed immediately.
 * All other orders start to count with the next request that is fetched.
 *
 * Return 0, -EINVAL if the order is invalid or this device cannot obey it, or another negative
 * errno.
 */
int vdev_orders_add(const char *text)
{
	char copy[ORDER_BYTES_MAX], *save, *word, *nr, *type;
	struct order o = { 0 }, *new, **at;
	uint64_t zone;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	word = strtok_r(copy, " ", &save);
	nr = strtok_r(NULL, " ", &save);
	if (word && !nr && !strcmp(word, "clear")) {
		clear();
		return 0;
	}
	if (nr && !strcmp(word, "capacity"))
		return set_capacity(nr, strtok_r(NULL, " ", &save));
	if (nr && !strcmp(word, "copy-rate")) {
		type = strtok_r(NULL, " ", &save);
		return copy_rate(nr, type, type ? strtok_r(NULL, " ", &save) : NULL);
	}
	if (nr && (!strcmp(word, "offline") || !strcmp(word, "read-only"))) {
		if (!number(nr, 0, UINT64_MAX, &zone) || strtok_r(NULL, " ", &save))
			return -EINVAL;
		return vdev_zoned_break(zone, *word == 'o' ? VDEV_ZS_OFFLINE : VDEV_ZS_RDONLY);
	}
	if (!nr || !parse_word(word, &o.fault) || !number(nr, 1, UINT64_MAX, &o.left))
		return -EINVAL;
	type = strtok_r(NULL, " ", &save);
	if (type && (!parse_type(type, &o) || strtok_r(NULL, " ", &save)))
		return -EINVAL;
	new = malloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	*new = o;
	pthread_mutex_lock(&lock);
	for (at = &orders; *at; at = &(*at)->next)
		;
	*at = new;
	store_relaxed(&vdev_orders_pending, vdev_orders_pending + 1);
	pthread_mutex_unlock(&lock);
	return 0;
}

/*
 * Read the type from the request header, which the driver may have split over several buffers.
 * Return false if the chain is invalid or too short for a type.
 */
static bool type_of(const struct vdev_chain *c, uint32_t *type)
{
	size_t got = 0;
	__le32 raw;

	if (c->bad)
		return false;
	for (unsigned int i = 0; i < c->nr_readable && got < sizeof(raw); i++) {
		size_t part = sizeof(raw) - got;

		if (part > c->iov[i].iov_len)
			part = c->iov[i].iov_len;
		memcpy((uint8_t *)&raw + got, c->iov[i].iov_base, part);
		got += part;
	}
	*type = le32toh(raw);
	return got == sizeof(raw);
}

/* Return true if the order counts a request of this type. */
static bool counts_request(const struct order *o, bool typed, uint32_t type)
{
	if (!o->typed)
		return true;
	if (!typed)
		return false;
	if (o->type != ANY_ZONE_TYPE)
		return o->type == type;
	return type == VDEV_T_ZONE_APPEND ||
	       (type >= VDEV_T_ZONE_REPORT && type <= VDEV_T_ZONE_RESET_ALL && type % 2 == 0);
}

/**
 * vdev_orders_match - count a request and find the orders that apply to it
 * @c: the request, as fetched
 * @fault: set to what the orders require; if several orders apply, the later ones prevail
 */
void vdev_orders_match(const struct vdev_chain *c, struct vdev_fault *fault)
{
	struct order **at = &orders, *o;
	uint32_t type = 0;
	bool typed = type_of(c, &type);

	*fault = (struct vdev_fault){ 0 };
	pthread_mutex_lock(&lock);
	while ((o = *at)) {
		if (!counts_request(o, typed, type) || --o->left) {
			at = &o->next;
			continue;
		}
		fault->die |= o->fault.die;
		if (o->fault.hold) {
			fault->hold = o->fault.hold;
			fault->delay_us = o->fault.delay_us;
		}
		if (o->fault.defect) {
			fault->defect = o->fault.defect;
			fault->status = o->fault.status;
		}
		*at = o->next;
		free(o);
		store_relaxed(&vdev_orders_pending, vdev_orders_pending - 1);
	}
	pthread_mutex_unlock(&lock);
}

static void *listen_main(void *arg)
{
	FILE *from = arg;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, from)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (vdev_orders_add(line)) {
			fprintf(stderr, "vblk-device: bad order: %s\n", line);
		} else {
			printf("vblk-device: order: %s\n", line);
			fflush(stdout);
		}
	}
	return NULL;
}

/**
 * vdev_orders_listen - start a thread that reads orders from a FIFO, one per line
 * @path: path of the FIFO
 *
 * The thread prints each valid order on stdout and each invalid order on stderr.
 *
 * Return 0 or a negative errno.
 */
int vdev_orders_listen(const char *path)
{
	/* Open for writing too: otherwise there is an end of file when a writer closes the FIFO. */
	int fd = open(path, O_RDWR | O_CLOEXEC), ret;
	pthread_t thread;
	FILE *from;

	if (fd < 0)
		return -errno;
	from = fdopen(fd, "r");
	if (!from)
		return -errno;
	ret = pthread_create(&thread, NULL, listen_main, from);
	if (ret)
		return -ret;
	return -pthread_detach(thread);
}
