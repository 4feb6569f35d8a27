/* SPDX-License-Identifier: GPL-2.0-only */
/* Private state of the vhost-user transport. */
#ifndef VHOST_TRANSPORT_VHOST_USER_TRANSPORT_H
#define VHOST_TRANSPORT_VHOST_USER_TRANSPORT_H

#include "vhost/transport/transport.h"
#include "vhost/transport/vhost-user/vhost_user.h"

/**
 * struct vhost_user_state - private state of a vhost-user transport
 * @vu: connection
 * @inflight: inflight region, if the user requested one (vblk_inflight); outlives @vu
 * @queues: number of queues that were described to the back-end and must be stopped
 * @enable: rings are initially disabled and must be enabled with SET_VRING_ENABLE
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
