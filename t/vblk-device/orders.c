/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault orders: read, counted down, matched
 *
 * An order is a word, perhaps with a value, the number of the request that it is for, counted from
 * the order's arrival on over all queues, and perhaps the type of the requests that count:
 * "fail=1 20 write". They come from the command line and, at any time, from a FIFO.
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

/* The words, and whether they can be obeyed by a device that completes in order. */
static const struct {
	const char *word;
	struct vdev_fault fault;
	enum value value;
	uint32_t value_max;
	bool not_in_order;
} words[] = {
	{ "fail",
	  { .twist = VDEV_TWIST_FAIL, .status = VIRTIO_BLK_S_IOERR },
	  VALUE_OPTIONAL,
	  UINT8_MAX,
	  false },
	{ "delay", { .hold = VDEV_HOLD_DELAY }, VALUE_NEEDED, 3600000, false },
	{ "drop", { .hold = VDEV_HOLD_DROP }, VALUE_NONE, 0, true },
	{ "reorder", { .hold = VDEV_HOLD_REORDER }, VALUE_NONE, 0, true },
	{ "die", { .die = true }, VALUE_NONE, 0, false },
	{ "no-status", { .twist = VDEV_TWIST_NO_STATUS }, VALUE_NONE, 0, false },
	{ "no-data", { .twist = VDEV_TWIST_NO_DATA }, VALUE_NONE, 0, false },
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
	uint64_t left; /* requests until it strikes, that one included */
};

unsigned int vdev_orders_pending;
unsigned int vdev_orders_clears;

/* The list is the orders thread's and every worker's. */
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
	/* Requests that are held are for their workers to complete, and those may sleep. */
	vdev_workers_wake();
}

/* "capacity BYTES": what the driver is told from now on. Requests beyond it fail. */
static int set_capacity(const char *text, const char *more)
{
	uint64_t v;

	if (more || !number(text, VDEV_SECTOR_BYTES, INT64_MAX, &v) || v % VDEV_SECTOR_BYTES)
		return -EINVAL;
	store_relaxed(&vdev_store.capacity_bytes, v);
	return 0;
}

/* "copy-rate MS [2M]" */
static int copy_rate(const char *ms, const char *pages, const char *more)
{
	uint64_t v;

	if (!number(ms, 1, COPY_MS_MAX, &v) || (pages && strcmp(pages, "2M")) || more)
		return -EINVAL;
	return vdev_copy_rate(v, pages != NULL);
}

/**
 * vdev_orders_add - take an order
 * @text: the order
 *
 * "clear", "capacity", "copy-rate", "offline ZONE" and "read-only ZONE" are done at once. Any other
 * counts from the next request that is fetched. Returns 0 or -EINVAL if the order is not
 * understood, or cannot be obeyed by this device.
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

/* The type in a request's header, wherever the driver split it. */
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

static bool counts(const struct order *o, bool typed, uint32_t type)
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
 * vdev_orders_match - count a request, and see which orders it is the one for
 * @c: the request, as fetched
 * @fault: what they say of it; several may agree on one, and the later ones prevail
 */
void vdev_orders_match(const struct vdev_chain *c, struct vdev_fault *fault)
{
	struct order **at = &orders, *o;
	uint32_t type = 0;
	bool typed = type_of(c, &type);

	*fault = (struct vdev_fault){ 0 };
	pthread_mutex_lock(&lock);
	while ((o = *at)) {
		if (!counts(o, typed, type) || --o->left) {
			at = &o->next;
			continue;
		}
		fault->die |= o->fault.die;
		if (o->fault.hold) {
			fault->hold = o->fault.hold;
			fault->delay_us = o->fault.delay_us;
		}
		if (o->fault.twist) {
			fault->twist = o->fault.twist;
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
 * vdev_orders_listen - take orders from a FIFO, a line each, from now on
 * @path: the FIFO
 *
 * Every order is acknowledged on stdout, or refused on stderr. Returns 0 or a negative errno.
 */
int vdev_orders_listen(const char *path)
{
	/* Open for writing as well: the end of one who gave orders is not the end of orders. */
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
