/* SPDX-License-Identifier: GPL-2.0-only */
/* vhost-user messages on the socket: their format, and functions to send and receive them. */
#ifndef T_FAKE_BACKEND_WIRE_H
#define T_FAKE_BACKEND_WIRE_H

#include "t/fake-backend/fake-backend.h"

/* Front-end messages that the back-end supports. */
enum {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	SET_VRING_ERR = 14,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
	GET_CONFIG = 24,
	SET_CONFIG = 25,
	GET_INFLIGHT_FD = 31,
	SET_INFLIGHT_FD = 32,
	RESET_DEVICE = 34,
	GET_MAX_MEM_SLOTS = 36,
	ADD_MEM_REG = 37,
	REM_MEM_REG = 38,
	SET_STATUS = 39,
	GET_STATUS = 40,
};

#define WIRE_VERSION	  1u
#define WIRE_VERSION_MASK 3u
#define WIRE_REPLY	  4u
#define WIRE_NEED_REPLY	  8u

#define WIRE_MAX_REGIONS   8
#define WIRE_CONFIG_HEADER 12
#define WIRE_MAX_CONFIG	   256
#define WIRE_MAX_FDS	   16

/* All numbers are in native byte order. */
struct wire_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

struct wire_state {
	uint32_t index;
	uint32_t num;
};

struct wire_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct wire_region {
	uint64_t guest_address;
	uint64_t size;
	uint64_t user_address;
	uint64_t mmap_offset;
};

struct wire_mem_table {
	uint32_t nregions;
	uint32_t padding;
	struct wire_region regions[WIRE_MAX_REGIONS];
};

struct wire_mem_reg {
	uint64_t padding;
	struct wire_region region;
};

struct wire_config {
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
	uint8_t bytes[WIRE_MAX_CONFIG];
};

struct wire_inflight {
	uint64_t mmap_size;
	uint64_t mmap_offset;
	uint16_t num_queues;
	uint16_t queue_size;
	/* Some front-ends send the structure's tail padding, others do not. */
	uint32_t padding;
};

struct fake_message {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	unsigned int nfds;
	int fds[WIRE_MAX_FDS];
	union {
		uint64_t u64;
		struct wire_state state;
		struct wire_vring_addr addr;
		struct wire_mem_table mem_table;
		struct wire_mem_reg mem_reg;
		struct wire_config config;
		struct wire_inflight inflight;
	} payload;
};

/**
 * fake_receive - read one whole message
 * @fake: back-end with a connection
 * @msg: filled in; the caller closes its file descriptors, also on failure
 *
 * Return false if the connection has ended.
 */
bool fake_receive(struct fake *fake, struct fake_message *msg);

/**
 * fake_reply - reply to a message, with the faults that the options request
 * @fake: back-end with a connection
 * @to: message to reply to
 * @payload: payload of the reply
 * @size: size of the payload in bytes
 * @fd: file descriptor to send with the reply, -1 for none; still owned by the caller
 */
void fake_reply(struct fake *fake, const struct fake_message *to, const void *payload,
		uint32_t size, int fd);

/**
 * fake_reply_u64 - reply to a message with one number
 * @fake: back-end with a connection
 * @to: message to reply to
 * @value: the number
 */
void fake_reply_u64(struct fake *fake, const struct fake_message *to, uint64_t value);

/**
 * fake_unasked_reply - send the surplus reply of FAULT_UNASKED_REPLY
 * @fake: back-end with a connection
 */
void fake_unasked_reply(struct fake *fake);

#endif
