/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Format of vhost-user messages on the socket. Only the sources that implement vhost_user.h include
 * this file.
 */
#ifndef VHOST_TRANSPORT_VHOST_USER_WIRE_H
#define VHOST_TRANSPORT_VHOST_USER_WIRE_H

#include <stddef.h>

#include "vhost/transport/vhost-user/vhost_user.h"

/* Message header flags (vhost-user, "Header"). */
#define VHOST_USER_VERSION	0x1u
#define VHOST_USER_VERSION_MASK 0x3u
#define VHOST_USER_REPLY	0x4u
#define VHOST_USER_NEED_REPLY	0x8u

struct vring_state {
	uint32_t index;
	uint32_t num;
};

struct vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct memory_region {
	uint64_t guest_addr;
	uint64_t bytes;
	uint64_t user_addr;
	uint64_t mmap_offset;
};

struct memory_table {
	uint32_t regions;
	uint32_t padding;
	struct memory_region region;
};

struct single_region {
	uint64_t padding;
	struct memory_region region;
};

/* Payload with the trailing padding of the C struct, because some back-ends require the padding. */
struct inflight {
	uint64_t mmap_size;
	uint64_t mmap_offset;
	uint16_t num_queues;
	uint16_t queue_size;
	uint32_t padding;
};

struct config_space {
	uint32_t offset;
	uint32_t bytes;
	uint32_t flags;
	uint8_t data[VHOST_USER_CONFIG_BYTES_MAX];
};

struct message {
	uint32_t request;
	uint32_t flags;
	uint32_t bytes;
	union {
		uint64_t u64;
		struct vring_state state;
		struct vring_addr addr;
		struct memory_table table;
		struct single_region single;
		struct config_space config;
		struct inflight inflight;
	} payload;
} __attribute__((packed));

#define HEADER_BYTES	    offsetof(struct message, payload)
#define CONFIG_HEADER_BYTES offsetof(struct config_space, data)

_Static_assert(HEADER_BYTES == 12, "vhost-user, \"Header\": three 32-bit fields");

int wire_call(struct vhost_user *vu, struct message *msg, uint32_t least, uint32_t most);
int wire_call_fd(struct vhost_user *vu, struct message *msg, uint32_t bytes, int *fd);
int wire_send(struct vhost_user *vu, struct message *msg, const int *fds, unsigned int nfds);

#endif
