// SPDX-License-Identifier: GPL-2.0-only
/* The transport for a device behind a vhost-user socket. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost/transport/vhost-user/transport.h"
#include "virtq/base.h"

#define PROTOCOL_FEATURES                                                               \
	(FEATURE(VHOST_USER_PROTOCOL_F_MQ) | FEATURE(VHOST_USER_PROTOCOL_F_REPLY_ACK) | \
	 FEATURE(VHOST_USER_PROTOCOL_F_CONFIG) |                                        \
	 FEATURE(VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS) |                           \
	 FEATURE(VHOST_USER_PROTOCOL_F_STATUS))

TRANSPORT_ASSERT_STATE(struct vhost_user_state);

/**
 * vhost_user_of - return the vhost-user connection of a transport
 * @t: transport
 *
 * Returns NULL for a transport of another kind.
 */
const struct vhost_user *vhost_user_of(const struct transport *t)
{
	const struct vhost_user_state *state = (const void *)t->state;

	return t->ops == &vhost_user_ops ? &state->vu : NULL;
}

/*
 * Return the connection, with the present time limit and strictness of its transport. The address
 * of the transport may have changed since it was opened (transport_move()), so set the pointer to
 * the error description as well.
 */
static struct vhost_user *connection(struct transport *t)
{
	struct vhost_user *vu = &vhost_user_state(t)->vu;

	vu->timeout_ms = t->timeout_ms;
	vu->strict = t->strict;
	vu->error = &t->error;
	return vu;
}

static bool has(const struct transport *t, enum vhost_user_protocol_feature feature)
{
	return vhost_user_has(vhost_user_of(t), feature);
}

static bool user_matches(const char *path, const struct stat *st)
{
	(void)path;
	return st && S_ISSOCK(st->st_mode);
}

static int user_open(struct transport *t)
{
	struct vhost_user_state *state = vhost_user_state(t);
	int ret;

	*state = (struct vhost_user_state){ .inflight.fd = -1 };
	ret = vhost_user_connect(&state->vu, t->path, t->timeout_ms, &t->error);
	t->event_fd[0] = state->vu.fd;
	return ret;
}

static void user_close(struct transport *t)
{
	vhost_user_close(&vhost_user_state(t)->vu);
}

/* The inflight region belongs to the device, not to the back-end instance that created it. */
static void user_inherit(struct transport *t, const struct transport *before)
{
	const struct vhost_user_state *state = (const void *)before->state;

	vhost_user_state(t)->inflight = state->inflight;
}

static void user_forget(struct transport *t)
{
	struct vhost_user_inflight *inflight = &vhost_user_state(t)->inflight;

	if (inflight->fd >= 0)
		close(inflight->fd);
	inflight->fd = -1;
}

static int user_get_features(struct transport *t, uint64_t *features)
{
	int ret = vhost_user_get_features(connection(t), features);

	vhost_user_state(t)->enable = !ret && *features & FEATURE(VHOST_USER_F_PROTOCOL_FEATURES);
	return ret;
}

static int user_set_owner(struct transport *t, bool inflight)
{
	struct vhost_user *vu = connection(t);
	uint64_t region = FEATURE(VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD);
	int ret = 0;

	if (vhost_user_state(t)->enable)
		ret = vhost_user_negotiate_protocol(vu,
						    PROTOCOL_FEATURES | (inflight ? region : 0));
	if (ret)
		return ret;
	if (inflight && !vhost_user_has(vu, VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD))
		return error_set(
			&t->error, -ENOTSUP,
			"back-end does not offer VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD (vblk_inflight)");
	if (!vhost_user_has(vu, VHOST_USER_PROTOCOL_F_CONFIG))
		return error_set(
			&t->error, -ENOTSUP,
			"back-end does not offer VHOST_USER_PROTOCOL_F_CONFIG, so the capacity of the device cannot be read");
	return vhost_user_set_owner(vu);
}

/* Read the number of memory slots. The driver needs one, for the arena (VU-5). */
static int check_mem_slots(struct transport *t)
{
	int ret;

	if (!has(t, VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS))
		return 0;
	ret = vhost_user_get_max_mem_slots(connection(t), &t->mem_slots);
	if (ret)
		return ret;
	return t->mem_slots ? 0
			    : error_set(&t->error, -ENOSPC,
					"back-end has no memory slots (GET_MAX_MEM_SLOTS)");
}

static int user_set_features(struct transport *t, uint64_t features)
{
	/* If the back-end has no memory slot, fail before the features are written. */
	int ret = check_mem_slots(t);

	return ret ? ret : vhost_user_set_features(connection(t), features);
}

static bool user_has_status(const struct transport *t)
{
	return has(t, VHOST_USER_PROTOCOL_F_STATUS);
}

static int user_get_status(struct transport *t, uint8_t *status)
{
	return vhost_user_get_status(connection(t), status);
}

static int user_set_status(struct transport *t, uint8_t status)
{
	return vhost_user_set_status(connection(t), status);
}

/*
 * Configuration space sizes that known back-ends require in GET_CONFIG. They are tried if the reply
 * to the preferred size is empty.
 */
static const uint32_t config_sizes[] = { 60, VHOST_USER_CONFIG_BYTES_MAX, 72, 96, 57, 36, 24, 8 };

/*
 * Some back-ends reply to GET_CONFIG with data only if its size is exactly that of their own
 * configuration space. First ask for the size that the device's features imply (VU-9); if the reply
 * is empty, try other sizes.
 */
static int user_read_config(struct transport *t, void *config, uint32_t bytes, uint32_t *got)
{
	uint8_t space[VHOST_USER_CONFIG_BYTES_MAX];
	int ret = vhost_user_get_config(connection(t), space, bytes, got);
	size_t i;

	if (!ret && *got < bytes && t->strict)
		return error_set(
			&t->error, -EPROTO,
			"back-end replied to GET_CONFIG of %u bytes, the size that its features require, with %u bytes (vblk_strict)",
			bytes, *got);
	for (i = 0; !ret && !*got && i < ARRAY_SIZE(config_sizes); i++)
		ret = vhost_user_get_config(connection(t), space, config_sizes[i], got);
	if (ret)
		return ret;
	if (!*got)
		return error_set(
			&t->error, -EPROTO,
			"back-end sent an empty reply to GET_CONFIG for every size that was tried");
	if (*got > bytes)
		*got = bytes;
	memcpy(config, space, *got);
	return 0;
}

static int user_write_config(struct transport *t, uint32_t offset, const void *data, uint32_t bytes)
{
	return vhost_user_set_config(connection(t), offset, data, bytes);
}

/* GET_QUEUE_NUM may be sent only if the protocol feature MQ was negotiated (VU-7). */
static int user_queue_count(struct transport *t, uint32_t *queues)
{
	uint64_t n = 1;
	int ret = 0;

	if (has(t, VHOST_USER_PROTOCOL_F_MQ))
		ret = vhost_user_get_queue_num(connection(t), &n);
	*queues = n < VHOST_USER_QUEUES_MAX ? (uint32_t)n : VHOST_USER_QUEUES_MAX;
	return ret;
}

/* The protocol has no message to read the maximum ring size. */
static int user_queue_size_max(struct transport *t, uint32_t index, uint32_t *size)
{
	(void)t;
	(void)index;
	*size = 0;
	return 0;
}

static int user_map(struct transport *t, const struct arena *arena)
{
	struct vhost_user_region region = {
		.iova = ARENA_IOVA,
		.bytes = arena->bytes,
		.user_addr = (uintptr_t)arena->base,
		.fd = arena->fd,
	};

	t->base = arena->base;
	t->bytes = arena->bytes;
	t->iova = ARENA_IOVA;
	return vhost_user_share_memory(connection(t), &region);
}

/*
 * Share the inflight region with the back-end. The region is created on the first connection and
 * sent on every connection (VU-11).
 */
static int share_inflight(struct transport *t, const struct transport_queue *queues, uint32_t count)
{
	struct vhost_user_inflight *inflight = &vhost_user_state(t)->inflight;
	uint32_t i;
	int ret;

	if (!has(t, VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD))
		return 0;
	if (inflight->fd < 0) {
		inflight->queues = (uint16_t)count;
		for (i = 0; i < count; i++)
			if (queues[i].size > inflight->queue_size)
				inflight->queue_size = (uint16_t)queues[i].size;
		ret = vhost_user_get_inflight(connection(t), inflight);
		if (ret)
			return ret;
	}
	return vhost_user_set_inflight(connection(t), inflight);
}

static int user_start(struct transport *t, struct transport_queue *queues, uint32_t count)
{
	struct vhost_user_state *state = vhost_user_state(t);
	struct vhost_user *vu = connection(t);
	int ret = share_inflight(t, queues, count);
	uint32_t i;

	for (i = 0; i < count && !ret; i++) {
		struct transport_queue *q = &queues[i];
		struct vhost_user_vring_addr addr = { q->addr.desc, q->addr.driver,
						      q->addr.device };

		ret = vhost_user_set_vring(vu, i, q->size, q->base, &addr, q->kick_fd, q->call_fd);
		if (ret)
			return error_set(&t->error, ret == -ETIMEDOUT ? ret : -E2BIG,
					 "queue %u, a ring of %u: %s", i, q->size, t->error.text);
		state->queues = i + 1;
		q->kick = (struct transport_kick){ .fd = q->kick_fd, .index = (uint16_t)i };
	}
	/* If PROTOCOL_FEATURES was negotiated, rings are initially disabled (VU-6). */
	for (i = 0; state->enable && i < count && !ret; i++)
		ret = vhost_user_set_vring_enable(vu, i, true);
	return ret ? ret : vhost_user_sync(vu);
}

/* Stop every ring that was started, before the memory is unmapped (VU-8). */
static int user_stop(struct transport *t)
{
	struct vhost_user_state *state = vhost_user_state(t);
	uint32_t count = state->queues, i, base;
	int ret = 0;

	state->queues = 0;
	for (i = 0; i < count && !ret; i++)
		ret = vhost_user_get_vring_base(connection(t), i, &base);
	return ret;
}

static int user_disable(struct transport *t, uint32_t index)
{
	if (!vhost_user_state(t)->enable)
		return error_set(&t->error, -ENOTSUP, "back-end cannot disable a single queue");
	return vhost_user_set_vring_enable(connection(t), index, false);
}

/*
 * The back-end sends nothing except replies, so the socket is readable between messages only if the
 * connection was closed or the back-end violates the protocol.
 */
static enum transport_event user_poll_events(struct transport *t)
{
	char byte;
	ssize_t n = recv(vhost_user_of(t)->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n > 0) {
		error_set(&t->error, -EPROTO, "back-end sent an unexpected message");
		return TRANSPORT_EVENT_LOST;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return TRANSPORT_EVENT_NONE;
	if (n == 0 || errno == ECONNRESET)
		error_set(&t->error, -ENODEV, "back-end closed the connection");
	else
		error_set(&t->error, -ENODEV, "connection to the back-end failed: %s",
			  strerror(errno));
	return TRANSPORT_EVENT_GONE;
}

const struct transport_ops vhost_user_ops = {
	.description = "a vhost-user socket",
	.features = FEATURE(VHOST_USER_F_PROTOCOL_FEATURES),
	.protocol_features = FEATURE(VHOST_USER_F_PROTOCOL_FEATURES),
	.may_return = true,
	.queues_max = VHOST_USER_QUEUES_MAX,
	.matches = user_matches,
	.open = user_open,
	.close = user_close,
	.inherit = user_inherit,
	.forget = user_forget,
	.get_features = user_get_features,
	.set_owner = user_set_owner,
	.set_features = user_set_features,
	.has_status = user_has_status,
	.get_status = user_get_status,
	.set_status = user_set_status,
	.read_config = user_read_config,
	.write_config = user_write_config,
	.queue_count = user_queue_count,
	.queue_size_max = user_queue_size_max,
	.map = user_map,
	.start = user_start,
	.stop = user_stop,
	.disable = user_disable,
	.poll_events = user_poll_events,
};
