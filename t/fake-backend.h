/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vhost-user-blk back-end that checks its front-end's every step and misbehaves on request.
 *
 * fake-backend.c	the event loop: connections, kicks
 * fake-options.c	the command line
 * fake-messages.c	vhost-user messages
 * fake-memory.c	those about memory
 * fake-vring.c		those about queues
 * fake-wire.c		their way through the socket
 * fake-blk.c		virtio-blk requests
 * device-ring.c	virtqueues
 */
#ifndef T_FAKE_BACKEND_H
#define T_FAKE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>

#include "device-ring.h"

#define FAKE_MAX_QUEUES	      256
#define FAKE_MAX_REGIONS      64
#define FAKE_MAX_CONFIG_BYTES 256

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

/* Faults that happen at one message, whose number is in fault_at[]; 0 is no message. */
enum fake_message_fault {
	FAULT_NACK,
	FAULT_STALL,
	FAULT_CLOSE,
	FAULT_TRUNCATE,
	FAULT_WRONG_REPLY,
	FAULT_NO_REPLY_FLAG,
	FAULT_WRONG_VERSION,
	FAULT_WRONG_SIZE,
	FAULT_EXTRA_FD,
	FAKE_MESSAGE_FAULTS,
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
	bool split_replies;
	bool one_connection;
	bool poll;
	bool log_requests;
	uint32_t fault_at[FAKE_MESSAGE_FAULTS];
	uint64_t request_at[FAKE_REQUEST_FAULTS];
};

struct fake_region {
	uint64_t guest_address;
	uint64_t user_address;
	uint64_t size;
	void *map;
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

	/* from here on: one connection */
	int fd;
	bool stalled;
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
