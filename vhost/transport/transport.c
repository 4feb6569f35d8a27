// SPDX-License-Identifier: GPL-2.0-only
/* Choice of the kind of transport for a device, and operations common to all kinds. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vhost/transport/transport.h"
#include "virtq/base.h"

#define KIND(id, ops, name, help) [TRANSPORT_##id] = { name, &ops },

/* Indexed by enum transport_kind. The entry of TRANSPORT_ANY is empty. */
static const struct {
	const char *name;
	const struct transport_ops *ops;
} kinds[] = { TRANSPORT_KINDS(KIND) };

#define FIRST (TRANSPORT_ANY + 1)
#define END   ARRAY_SIZE(kinds)

/**
 * transport_features - return the feature bits that are accepted with at least one transport
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
		return "a file of another type";
	}
}

/*
 * Write the description of the kind @wanted to @text. For TRANSPORT_ANY, list all kinds: "a, b or
 * c".
 */
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

/* Return the first hint that a kind of transport gives for @path, or "". */
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
 * transport_find - find the kind of transport for a device
 * @t: filled in
 * @path: name of the device; the pointer is stored, the string is not copied
 * @wanted: required kind, or TRANSPORT_ANY
 *
 * Returns 0. If @path does not exist, is not a device of any kind, or is a device of another kind
 * than @wanted, returns a negative errno and sets @t->error.
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
		return error_set(&t->error, -err, "%s; filename= must name %s%s", strerror(err),
				 list, hint(path));
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
 * transport_real - get the canonical name of a device
 * @path: name of the device
 * @real: buffer of PATH_MAX bytes, set to the canonical name
 *
 * Two names of the same device have the same canonical name. Returns false if @path cannot be
 * resolved; then @real is a copy of @path, truncated if necessary.
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
 * transport_open - connect to a device
 * @t: transport, from transport_find()
 * @timeout_ms: longest wait for an answer, during this call and later, in milliseconds
 *
 * Returns 0, or a negative errno with a description in @t->error.
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

/* Mark the transport as not connected. */
static void detach(struct transport *t)
{
	size_t i;

	t->ops = NULL;
	for (i = 0; i < TRANSPORT_EVENTS; i++)
		t->event_fd[i] = -1;
}

/**
 * transport_close - release a device
 * @t: transport; nothing happens if it is closed
 */
void transport_close(struct transport *t)
{
	if (!t->ops)
		return;
	t->ops->close(t);
	detach(t);
}

/**
 * transport_after_fork - in a forked process, leave the device to the process that set it up
 * @t: transport; the process can still send notifications
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
 * transport_inherit - take over the state that outlives a connection
 * @t: transport, open
 * @before: transport of an earlier connection to the same device, closed; its state is unchanged
 */
void transport_inherit(struct transport *t, const struct transport *before)
{
	if (t->ops->inherit && t->ops == before->kept)
		t->ops->inherit(t, before);
}

/**
 * transport_forget - release the state that outlives a connection
 * @t: transport, open or closed
 */
void transport_forget(struct transport *t)
{
	if (t->kept)
		t->kept->forget(t);
	t->kept = NULL;
}

/**
 * transport_move - move a connection to another struct transport
 * @to: closed transport; @from has inherited its state that outlives connections
 * @from: open transport; afterwards it is closed and has no such state
 */
void transport_move(struct transport *to, struct transport *from)
{
	*to = *from;
	from->kept = NULL;
	detach(from);
}
