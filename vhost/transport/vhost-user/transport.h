/* SPDX-License-Identifier: GPL-2.0-only */
/* A device behind a vhost-user socket: what its transport keeps. */
#ifndef VHOST_TRANSPORT_VHOST_USER_TRANSPORT_H
#define VHOST_TRANSPORT_VHOST_USER_TRANSPORT_H

#include "vhost/transport/transport.h"
#include "vhost/transport/vhost-user/vhost_user.h"

/**
 * struct vhost_user_state - a device behind a socket
 * @vu: connection
 * @inflight: where the back-end notes its requests, if that was wished for; outlives @vu
 * @queues: queues that were described to the back-end, and are to be stopped
 * @enable: rings start disabled
 */
struct vhost_user_state {
	struct vhost_user vu;
	struct vhost_user_inflight inflight;
	uint32_t queues;
	bool enable;
};

static inline struct vhost_user_state *vhost_user_state(struct transport *t)
{
	return (void *)t->state;
}

const struct vhost_user *vhost_user_of(const struct transport *t);

#endif
