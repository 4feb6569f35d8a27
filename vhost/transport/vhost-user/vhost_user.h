/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front-end side of vhost-user: a connection to a back-end, and the messages on it.
 *
 * A function that expects a reply waits no longer than the time limit of the connection. Functions
 * return 0 or a negative errno, and describe a failure in one sentence in @error of struct
 * vhost_user. None of them allocates memory, because the keeper thread calls them while its process
 * forks jobs.
 */
#ifndef VHOST_TRANSPORT_VHOST_USER_VHOST_USER_H
#define VHOST_TRANSPORT_VHOST_USER_VHOST_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"

/*
 * The bit among the device's feature bits that belongs to the protocol (vhost-user, "Feature
 * negotiation").
 */
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

/* Maximum number of queues. Messages with a file descriptor have an 8-bit queue index. */
#define VHOST_USER_QUEUES_MAX 256u

/* Maximum size of the configuration space in a message. */
#define VHOST_USER_CONFIG_BYTES_MAX 256u

/**
 * struct vhost_user - a connection to a back-end
 * @fd: socket, -1 = not connected
 * @timeout_ms: longest wait for a reply, in milliseconds
 * @strict: treat harmless deviations in replies as errors
 * @protocol_offered: protocol features that the back-end offers
 * @protocol_features: protocol features that were negotiated
 * @error: set to a description of the last failure
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
 * struct vhost_user_region - a region of shared memory
 * @iova: first I/O virtual address, used in descriptors
 * @bytes: length
 * @user_addr: first address in this process, used in messages to describe rings
 * @mmap_offset: offset of the region in @fd
 * @fd: file descriptor that the back-end maps
 */
struct vhost_user_region {
	uint64_t iova;
	uint64_t bytes;
	uint64_t user_addr;
	uint64_t mmap_offset;
	int fd;
};

/**
 * struct vhost_user_vring_addr - addresses of the areas of a queue in this process
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
 * struct vhost_user_inflight - the inflight region, where a back-end records its requests
 * @fd: file descriptor of the region, -1 = there is no region
 * @bytes: length of the region
 * @offset: offset of the region in @fd
 * @queues: number of queues that the region is for
 * @queue_size: number of ring entries of the largest of these queues
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
