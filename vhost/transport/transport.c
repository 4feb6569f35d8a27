// SPDX-License-Identifier: GPL-2.0-only
/* Which way a device is reached. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vhost/transport/transport.h"
#include "virtq/base.h"

#define KIND(id, ops, name, help) [TRANSPORT_##id] = { name, &ops },

/* By enum transport_kind; TRANSPORT_ANY has none. */
static const struct {
	const char *name;
	const struct transport_ops *ops;
} kinds[] = { TRANSPORT_KINDS(KIND) };

#define FIRST (TRANSPORT_ANY + 1)
#define END   ARRAY_SIZE(kinds)

/**
 * transport_features - feature bits that are accepted with one transport or another
 */
uint64_t transport_features(void)
{
	uint64_t features = 0;
	size_t i;

	for (i = FIRST; i < END; i++)
		features |= kinds[i].ops->features;
	return features;
}

static const char *file_type(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFBLK:
		return "a block device";
	case S_IFCHR:
		return "a character device";
	case S_IFSOCK:
		return "a socket";
	default:
		return "something else";
	}
}

/* "a, b or c": everything that a device can be, or the one kind that was asked for. */
static void list_kinds(char *text, size_t bytes, enum transport_kind wanted)
{
	size_t at = 0, i;

	for (i = FIRST; i < END && at < bytes; i++) {
		const char *before = !at ? "" : i + 1 < END ? ", " : " or ";

		if (wanted == TRANSPORT_ANY || i == wanted)
			at += (size_t)snprintf(text + at, bytes - at, "%s%s", before,
					       kinds[i].ops->description);
	}
}

/* The first idea that a kind has of what was meant. */
static const char *hint(const char *path)
{
	const char *text = "";
	size_t i;

	for (i = FIRST; i < END && !*text; i++)
		if (kinds[i].ops->hint)
			text = kinds[i].ops->hint(path);
	return text;
}

/**
 * transport_find - tell by its file how a device is reached
 * @t: filled in
 * @path: how the device is named; kept, not copied
 * @wanted: the kind that it has to be
 *
 * Returns 0, or a negative errno with a sentence in @t->error: there is no such file, it is of no
 * kind that could be a device, or of another than @wanted.
 */
int transport_find(struct transport *t, const char *path, enum transport_kind wanted)
{
	struct stat st, *found = &st;
	char list[160];
	int err = 0;
	size_t i;

	memset(t, 0, sizeof(*t));
	t->path = path;
	for (i = 0; i < TRANSPORT_EVENTS; i++)
		t->event_fd[i] = -1;
	if (stat(path, &st)) {
		err = errno;
		found = NULL;
	}
	for (i = FIRST; i < END && !kinds[i].ops->matches(path, found); i++)
		;
	list_kinds(list, sizeof(list), wanted);
	if (i == END && err)
		return error_set(&t->error, -err, "%s; %s must be named (filename=)%s",
				 strerror(err), list, hint(path));
	if (i == END)
		return error_set(&t->error, -ENODEV, "is %s, not %s", file_type(&st), list);
	if (wanted != TRANSPORT_ANY && i != wanted)
		return error_set(&t->error, -ENODEV, "is %s, not %s (vblk_transport)",
				 kinds[i].ops->description, list);
	t->ops = kinds[i].ops;
	t->name = kinds[i].name;
	return 0;
}

/**
 * transport_real - one name for a device that may have several
 * @path: how it is named
 * @real: set to the name that all the others stand for, at most PATH_MAX bytes
 *
 * Returns false where nothing is known of it: @real is @path then, cut off if it is too long.
 */
bool transport_real(const char *path, char *real)
{
	struct stat st, *found = stat(path, &st) ? NULL : &st;
	size_t i;

	for (i = FIRST; i < END; i++)
		if (kinds[i].ops->real_name && kinds[i].ops->real_name(path, found, real))
			return true;
	if (realpath(path, real))
		return true;
	snprintf(real, PATH_MAX, "%s", path);
	return false;
}

/**
 * transport_open - reach a device
 * @t: transport, from transport_find()
 * @timeout_ms: longest wait for an answer, now and later, in milliseconds
 */
int transport_open(struct transport *t, unsigned int timeout_ms)
{
	int ret;

	t->timeout_ms = timeout_ms;
	ret = t->ops->open(t);
	if (ret)
		t->ops = NULL;
	else if (t->ops->forget)
		t->kept = t->ops;
	return ret;
}

/* There is no connection any more. */
static void detach(struct transport *t)
{
	size_t i;

	t->ops = NULL;
	for (i = 0; i < TRANSPORT_EVENTS; i++)
		t->event_fd[i] = -1;
}

/**
 * transport_close - let go of a device
 * @t: transport; closing one that is closed does nothing
 */
void transport_close(struct transport *t)
{
	if (!t->ops)
		return;
	t->ops->close(t);
	detach(t);
}

/**
 * transport_after_fork - in a forked process: leave a device to the process that set it up
 * @t: transport; notifications can still be sent
 */
void transport_after_fork(struct transport *t)
{
	if (!t->ops)
		return;
	if (t->ops->after_fork)
		t->ops->after_fork(t);
	else
		t->ops->close(t);
	detach(t);
}

/**
 * transport_inherit - take over what outlives a connection
 * @t: transport, open
 * @before: transport of an earlier connection to the same device, closed; it has the same still
 */
void transport_inherit(struct transport *t, const struct transport *before)
{
	if (t->ops->inherit && t->ops == before->kept)
		t->ops->inherit(t, before);
}

/**
 * transport_forget - give up what outlives a connection
 * @t: transport, open or closed
 */
void transport_forget(struct transport *t)
{
	if (t->kept)
		t->kept->forget(t);
	t->kept = NULL;
}

/**
 * transport_move - hand a connection over
 * @to: transport that is closed; what it keeps, @from has inherited
 * @from: transport, open; it has no connection and keeps nothing afterwards
 */
void transport_move(struct transport *to, struct transport *from)
{
	*to = *from;
	from->kept = NULL;
	detach(from);
}
