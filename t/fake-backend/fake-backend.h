/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vhost-user-blk back-end that checks each step of its front-end and commits faults on request
 *
 * main.c      main program
 * serve.c     event loop: connections, kicks
 * options.c   command line
 * messages.c  vhost-user messages
 * memory.c    messages about memory
 * vring.c     messages about queues
 * wire.c      the socket: sending and receiving messages
 * fault.c     faults at messages
 * blk.c       virtio-blk requests
 *
 * The virtqueues are implemented in t/ring-model/.
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

/* Not a VIRTIO feature: vhost-user uses this bit itself. */
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

/* Faults at messages: the name of the enumerator after FAULT_, and the option of the fault. */
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
 * struct fake_fault - the message at which a fault happens
 * @request: request number of the message, 0 for no message
 * @nth: which of these messages on a connection, counted from 1; 0 for all of them
 * @detail: FAULT_SPLIT_REPLY: number of bytes before the cut, 0 to send the bytes one by one;
 *	FAULT_UNASKED_REPLY: request number of the surplus reply
 */
struct fake_fault {
	uint32_t request;
	uint32_t nth;
	uint32_t detail;
};

/**
 * struct fake_heard - a message that was received
 * @request: request number of the message
 * @nth: number of messages with this request number on the connection so far, including this one
 * @answered: the message gets a reply: a reply of its own, or an acknowledgement
 */
struct fake_heard {
	uint32_t request;
	uint32_t nth;
	bool answered;
};

/* Faults at requests. request_at[] has the number of the request, counted from 1; 0 means never. */
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
	int status; /* status of every request, or -1 for the correct status */
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
	int fd; /* kept open only for --shrink-memory, otherwise -1 */
	uint64_t map_size;
	char *base; /* start of the region in the mapping */
};

struct fake_queue {
	struct fake *fake;
	unsigned int index;

	/* set by vhost-user messages */
	uint32_t size;
	uint32_t base;
	uint64_t desc_address, driver_address, device_address;
	bool have_base, have_addresses;
	bool used_dirty; /* the device area was not zero at SET_VRING_ADDR */
	bool enabled;
	int kick_fd, call_fd, err_fd;
	bool polled; /* SET_VRING_KICK arrived without a file descriptor */

	bool started; /* from the first kick until GET_VRING_BASE */
	bool stopped; /* GET_VRING_BASE arrived after the queue was set up */
	bool busy;    /* must be processed again without a kick */
	bool held_up; /* with IN_ORDER, blocked by a request that is never completed */
	struct devring ring;
};

struct fake {
	struct fake_options opt;
	FILE *log;
	unsigned int complaints;
	unsigned char *store;
	struct virtio_blk_config config;
	uint64_t requests;    /* requests taken since the program started */
	uint64_t completions; /* requests completed since the program started */

	/* of the current connection, or of the last one */
	unsigned int faults; /* number of faults committed */
	unsigned int nheard;
	struct fake_heard heard[FAKE_MAX_HEARD];

	/* from here on: state of the current connection */
	int fd;
	_Atomic bool stalled;
	bool hang_up; /* close the connection after the current step */
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
 * fake_complain - report that the driver broke a rule
 * @fake: back-end; will exit with status 3
 * @fmt: description of what the driver did, starting with the id of the duty if there is one
 */
__attribute__((format(printf, 2, 3))) void fake_complain(struct fake *fake, const char *fmt, ...);

/**
 * fake_log - write one line to the log file immediately
 * @fake: back-end
 * @fmt: the line without its newline
 */
__attribute__((format(printf, 2, 3))) void fake_log(struct fake *fake, const char *fmt, ...);

#endif
