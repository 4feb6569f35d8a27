/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The back-end's side of a vhost-user connection, in the same thread: most replies are written
 * before the driver sends its message, and messages are read afterwards, byte by byte.
 */
#ifndef T_UNIT_VHOST_USER_PEER_H
#define T_UNIT_VHOST_USER_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "t/unit/unit.h"
#include "vhost/transport/vhost-user/vhost_user.h"

#define TIMEOUT_MS 100
/* Time limit for replies that are certain to come, even on a busy machine. */
#define PATIENCE_MS 20000
/* How much later than requested a busy machine may wake the test. */
#define SLACK_MS 10000

/* Header flags: REPLY is version 1 with the reply flag, NEED_REPLY is the need_reply flag. */
#define REPLY	   5u
#define NEED_REPLY 8u

/* A message, in the byte order of the machine, as the protocol requires. */
struct bytes {
	size_t n;
	unsigned char b[512];
};

/*
 * A call, and the first message for whose reply the call waits: request number and name. @ack: the
 * reply is an acknowledgement. REPLY_ACK is negotiated before each call.
 */
struct answered_call {
	int (*call)(void);
	uint32_t request;
	const char *name;
	bool ack;
};

#define ANSWERED_CALLS 14

extern struct vhost_user vu;
extern struct error error;
extern int peer; /* the back-end's end of the connection */
extern int listener;
extern char dir[64];
extern char path[108];	     /* path of the listening socket */
extern uint64_t reply_value; /* value that the last call_*() below received */
/* Messages are sent and received one byte per call, and every other call fails with EINTR. */
extern bool stutter;
extern const struct answered_call answered[ANSWERED_CALLS];

void setup(void);
void teardown(void);
int listen_at(const char *name);
void close_peer(void);
void reconnect(void);
void negotiated(enum vhost_user_protocol_feature feature);
int64_t now_ms(void);
ino_t inode(int fd);

void put(struct bytes *to, uint64_t value, size_t size);
struct bytes header(uint32_t request, uint32_t flags, uint32_t size);
struct bytes u64_message(uint32_t request, uint32_t flags, uint64_t value);
void answer(const struct bytes *msg);
void answer_u64(uint32_t request, uint64_t value);
void expect_sent(const struct bytes *want, unsigned int nfds, ino_t ino);
void expect_nothing_sent(void);
void expect_u64_sent(uint32_t request, uint32_t flags, uint64_t value);
void expect_error(int got, int want, const char *part);

int call(size_t i);
int call_get_features(void);
int call_get_status(void);
int call_get_vring_base(void);
int call_negotiate(void);
int call_set_vring(void);
int call_share_memory(void);
int call_share_slot(void);
struct bytes answer_of(size_t i);

#endif
