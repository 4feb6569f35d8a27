/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vhost-user-blk back-end that checks its front-end's every step and misbehaves on request.
 *
 * main.c      the program
 * serve.c     the event loop: connections, kicks
 * options.c   the command line
 * messages.c  vhost-user messages
 * memory.c    messages about memory
 * vring.c     messages about queues
 * wire.c      the socket: sending and receiving messages
 * fault.c     faults that an option asks for
 * blk.c       virtio-blk requests
 *
 * The virtqueues are those of t/ring-model/.
 */
#ifndef T_FAKE_BACKEND_FAKE_BACKEND_H
#define T_FAKE_BACKEND_FAKE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>

#include "t/ring-model/ring.h"

#define FAKE_MAX_QUEUES	      256
#define FAKE_MAX_REGIONS      64
#define FAKE_MAX_CONFIG_BYTES 256
#define FAKE_MAX_HEARD	      8192

#define BIT(n) (1ULL << (n))

/* Not a VIRTIO feature; vhost-user took the bit. */
#define VHOST_USER_F_PROTOCOL_FEATURES 30

enum {
	PROTOCOL_F_MQ = 0,
	PROTOCOL_F_REPLY_ACK = 3,
	PROTOCOL_F_CONFIG = 9,
	PROTOCOL_F_INFLIGHT_SHMFD = 12,
	PROTOCOL_F_RESET_DEVICE = 13,
	PROTOCOL_F_CONFIGURE_MEM_SLOTS = 15,
	PROTOCOL_F_STATUS = 16,
};

/* Faults that happen at one message: FAULT_NACK and so on, and the option that orders each. */
#define FAKE_MESSAGE_FAULT_LIST(X)           \
	X(NACK, "nack")                      \
	X(STALL, "stall-at")                 \
	X(CLOSE, "close-at")                 \
	X(TRUNCATE, "truncate-at")           \
	X(CUT_PAYLOAD, "cut-payload-at")     \
	X(HALF_HEADER, "half-header-at")     \
	X(HEADER_ONLY, "header-only-at")     \
	X(WRONG_REPLY, "wrong-reply-at")     \
	X(NO_REPLY_FLAG, "no-reply-flag-at") \
	X(WRONG_VERSION, "wrong-version-at") \
	X(WRONG_SIZE, "wrong-size-at")       \
	X(EMPTY_REPLY, "empty-reply-at")     \
	X(HUGE_REPLY, "huge-reply-at")       \
	X(GARBAGE, "garbage-at")             \
	X(EXTRA_FD, "extra-fd-at")           \
	X(MISSING_FD, "missing-fd-at")       \
	X(REPEAT_REPLY, "repeat-reply-at")   \
	X(UNASKED_REPLY, "unasked-reply-at") \
	X(SPLIT_REPLY, "split-reply-at")

enum fake_message_fault {
#define X(fault, option) FAULT_##fault,
	FAKE_MESSAGE_FAULT_LIST(X)
#undef X
		FAKE_MESSAGE_FAULTS,
};

/**
 * struct fake_fault - which message a fault happens at
 * @request: its number, 0 = none
 * @nth: the n-th of the connection, from 1; 0 = each
 * @detail: FAULT_SPLIT_REPLY: bytes before the cut, 0 = cut everywhere; FAULT_UNASKED_REPLY: the
 *	message that it pretends to answer
 */
struct fake_fault {
	uint32_t request;
	uint32_t nth;
	uint32_t detail;
};

/**
 * struct fake_heard - a message that came
 * @request: its number
 * @nth: how many of that number came by now, over this connection
 * @answered: it gets an answer: of its own, or an acknowledgement
 */
struct fake_heard {
	uint32_t request;
	uint32_t nth;
	bool answered;
};

/* Faults that happen at one request, whose number, from 1, is in request_at[]; 0 is never. */
enum fake_request_fault {
	FAULT_FAIL,
	FAULT_STALL_REQUEST,
	FAULT_DIE,
	FAULT_CLOSE_REQUEST,
	FAULT_FORGET_SIGNAL,
	FAULT_BAD_USED_ID,
	FAULT_LEN_TOO_LARGE,
	FAULT_DOUBLE_COMPLETE,
	FAULT_USED_JUMP,
	FAULT_USED_BACK,
	FAULT_FLIP_WRAP,
	FAULT_GARBAGE_EVENT,
	FAULT_SHRINK_MEMORY,
	FAKE_REQUEST_FAULTS,
};

struct fake_options {
	const char *socket;
	const char *log;
	const char *id;
	uint64_t size_bytes;
	uint64_t features;
	uint64_t protocol_features;
	uint32_t queues;
	uint32_t block_size_bytes;
	uint32_t seg_max;
	uint32_t size_max_bytes;
	uint32_t mem_slots;
	uint32_t config_bytes;
	uint32_t max_queue_size;
	int status; /* for every request, -1: what it deserves */
	bool config_exact;
	bool no_data;
	bool no_status;
	bool short_used;
	bool long_used;
	bool split_replies;
	bool one_connection;
	bool poll;
	bool log_requests;
	struct fake_fault fault_at[FAKE_MESSAGE_FAULTS];
	uint64_t request_at[FAKE_REQUEST_FAULTS];
};

struct fake_region {
	uint64_t guest_address;
	uint64_t user_address;
	uint64_t size;
	void *map;
	int fd; /* kept for --shrink-memory only, else -1 */
	uint64_t map_size;
	char *base; /* where the region itself begins in the mapping */
};

struct fake_queue {
	struct fake *fake;
	unsigned int index;

	/* as the messages said */
	uint32_t size;
	uint32_t base;
	uint64_t desc_address, driver_address, device_address;
	bool have_base, have_addresses;
	bool used_dirty; /* the used ring was not zero at SET_VRING_ADDR */
	bool enabled;
	int kick_fd, call_fd, err_fd;
	bool polled; /* SET_VRING_KICK came without a descriptor */

	bool started; /* since its first kick, until GET_VRING_BASE */
	bool stopped; /* was set up, then GET_VRING_BASE came */
	bool busy;    /* wants another turn without a kick */
	bool held_up; /* in_order, and a request that is never answered is the next */
	struct devring ring;
};

struct fake {
	struct fake_options opt;
	FILE *log;
	unsigned int complaints;
	unsigned char *store;
	struct virtio_blk_config config;
	uint64_t requests;    /* popped, and */
	uint64_t completions; /* pushed, since the program started */

	/* of the connection that is, or was last */
	unsigned int faults; /* committed */
	unsigned int nheard;
	struct fake_heard heard[FAKE_MAX_HEARD];

	/* from here on: one connection */
	int fd;
	_Atomic bool stalled;
	bool hang_up; /* close the connection when the current step is over */
	bool have_owner;
	bool features_queried;
	bool features_set;
	bool protocol_features_queried;
	bool features_ok_read;
	bool inflight_set;
	uint64_t features;
	uint64_t protocol_features;
	uint8_t status;
	unsigned int nregions;
	struct fake_region regions[FAKE_MAX_REGIONS];
	struct fake_queue queues[FAKE_MAX_QUEUES];
};

static inline bool fake_has(const struct fake *fake, unsigned int feature)
{
	return fake->features & BIT(feature);
}

/**
 * fake_complain - the driver did what a driver must not do
 * @fake: back-end; exits with 3 in the end
 * @fmt: what it did, beginning with the duty's name where it has one
 */
__attribute__((format(printf, 2, 3))) void fake_complain(struct fake *fake, const char *fmt, ...);

/**
 * fake_log - one line in the log file, at once
 * @fake: back-end
 * @fmt: the line without its end
 */
__attribute__((format(printf, 2, 3))) void fake_log(struct fake *fake, const char *fmt, ...);

#endif
