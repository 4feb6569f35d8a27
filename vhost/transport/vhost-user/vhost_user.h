/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vhost-user, the front-end's side: one connection to a back-end and the messages that go over it.
 *
 * Every function that expects an answer waits for it no longer than the connection's time limit.
 * Functions return 0 or a negative errno and leave one sentence about what went wrong where
 * struct vhost_user's @error points. None of them allocates memory, so that a thread which must not
 * (its process forks around it) can use them.
 */
#ifndef VHOST_TRANSPORT_VHOST_USER_VHOST_USER_H
#define VHOST_TRANSPORT_VHOST_USER_VHOST_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

/* Feature bit of the protocol itself, among the device's (vhost-user, "Feature negotiation"). */
#define VHOST_USER_F_PROTOCOL_FEATURES 30

/* Protocol feature bits (vhost-user, "Protocol features"). */
enum vhost_user_protocol_feature {
	VHOST_USER_PROTOCOL_F_MQ = 0,
	VHOST_USER_PROTOCOL_F_REPLY_ACK = 3,
	VHOST_USER_PROTOCOL_F_CONFIG = 9,
	VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD = 12,
	VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS = 15,
	VHOST_USER_PROTOCOL_F_STATUS = 16,
};

/* Front-end message types (vhost-user, "Front-end message types"). */
enum vhost_user_request {
	VHOST_USER_GET_FEATURES = 1,
	VHOST_USER_SET_FEATURES = 2,
	VHOST_USER_SET_OWNER = 3,
	VHOST_USER_SET_MEM_TABLE = 5,
	VHOST_USER_SET_VRING_NUM = 8,
	VHOST_USER_SET_VRING_ADDR = 9,
	VHOST_USER_SET_VRING_BASE = 10,
	VHOST_USER_GET_VRING_BASE = 11,
	VHOST_USER_SET_VRING_KICK = 12,
	VHOST_USER_SET_VRING_CALL = 13,
	VHOST_USER_GET_PROTOCOL_FEATURES = 15,
	VHOST_USER_SET_PROTOCOL_FEATURES = 16,
	VHOST_USER_GET_QUEUE_NUM = 17,
	VHOST_USER_SET_VRING_ENABLE = 18,
	VHOST_USER_GET_CONFIG = 24,
	VHOST_USER_SET_CONFIG = 25,
	VHOST_USER_GET_INFLIGHT_FD = 31,
	VHOST_USER_SET_INFLIGHT_FD = 32,
	VHOST_USER_GET_MAX_MEM_SLOTS = 36,
	VHOST_USER_ADD_MEM_REG = 37,
	VHOST_USER_SET_STATUS = 39,
	VHOST_USER_GET_STATUS = 40,
};

/* Queues that messages with a descriptor can name: eight bits. */
#define VHOST_USER_QUEUES_MAX 256u

/* Largest device configuration space the protocol carries. */
#define VHOST_USER_CONFIG_BYTES_MAX 256u

/**
 * struct vhost_user - a connection to a back-end
 * @fd: socket, -1 when there is none
 * @timeout_ms: longest wait for an answer, in milliseconds
 * @strict: what is wrong in answers is an error, also where nothing depends on it
 * @protocol_offered: protocol features that the back-end offers
 * @protocol_features: of these, those that were negotiated
 * @error: where it is said what went wrong last
 */
struct vhost_user {
	int fd;
	unsigned int timeout_ms;
	bool strict;
	uint64_t protocol_offered;
	uint64_t protocol_features;
	struct error *error;
};

/**
 * struct vhost_user_region - a stretch of shared memory
 * @iova: first address as the device uses it in descriptors
 * @bytes: length
 * @user_addr: first address as this process uses it (rings are named by it)
 * @mmap_offset: offset into @fd
 * @fd: what the back-end maps
 */
struct vhost_user_region {
	uint64_t iova;
	uint64_t bytes;
	uint64_t user_addr;
	uint64_t mmap_offset;
	int fd;
};

/**
 * struct vhost_user_vring_addr - where a queue's areas lie, as this process addresses them
 * @desc: descriptor area
 * @driver: driver area
 * @device: device area
 */
struct vhost_user_vring_addr {
	const void *desc;
	const void *driver;
	const void *device;
};

/**
 * struct vhost_user_inflight - the region a back-end notes its requests in
 * @fd: it, -1 = there is none
 * @bytes: its length
 * @offset: where it begins in @fd
 * @queues: queues it is for
 * @queue_size: their ring entries
 */
struct vhost_user_inflight {
	int fd;
	uint64_t bytes;
	uint64_t offset;
	uint16_t queues;
	uint16_t queue_size;
};

int vhost_user_connect(struct vhost_user *vu, const char *path, unsigned int timeout_ms,
		       struct error *error);
void vhost_user_close(struct vhost_user *vu);
static inline bool vhost_user_has(const struct vhost_user *vu,
				  enum vhost_user_protocol_feature feature)
{
	return vu->protocol_features & (1ull << feature);
}

int vhost_user_get_features(struct vhost_user *vu, uint64_t *features);
int vhost_user_set_features(struct vhost_user *vu, uint64_t features);
int vhost_user_negotiate_protocol(struct vhost_user *vu, uint64_t wanted);
int vhost_user_set_owner(struct vhost_user *vu);
int vhost_user_get_queue_num(struct vhost_user *vu, uint64_t *queues);
int vhost_user_get_config(struct vhost_user *vu, void *config, uint32_t bytes, uint32_t *got);
int vhost_user_set_config(struct vhost_user *vu, uint32_t offset, const void *data, uint32_t bytes);
int vhost_user_get_status(struct vhost_user *vu, uint8_t *status);
int vhost_user_set_status(struct vhost_user *vu, uint8_t status);
int vhost_user_get_max_mem_slots(struct vhost_user *vu, uint64_t *slots);
int vhost_user_get_inflight(struct vhost_user *vu, struct vhost_user_inflight *inflight);
int vhost_user_set_inflight(struct vhost_user *vu, const struct vhost_user_inflight *inflight);
int vhost_user_share_memory(struct vhost_user *vu, const struct vhost_user_region *region);
int vhost_user_set_vring(struct vhost_user *vu, uint32_t index, uint32_t size, uint32_t base,
			 const struct vhost_user_vring_addr *addr, int kick_fd, int call_fd);
int vhost_user_set_vring_enable(struct vhost_user *vu, uint32_t index, bool enable);
int vhost_user_get_vring_base(struct vhost_user *vu, uint32_t index, uint32_t *base);
int vhost_user_sync(struct vhost_user *vu);

#endif
