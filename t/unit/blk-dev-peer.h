/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake vhost-user back-end for blk_dev_open() and blk_dev_start(): a thread that answers as
 * &struct peer configures it and records the messages it receives.
 */
#ifndef T_UNIT_BLK_DEV_PEER_H
#define T_UNIT_BLK_DEV_PEER_H

#include "t/unit/unit.h"
#include "vhost/blk/blk_dev.h"
#include "vhost/transport/vhost-user/vhost_user.h"

#define TIMEOUT_MS 200
#define BIT(n)	   (1ull << (n))
#define VERSION_1  BIT(32)
#define PROTOCOL   BIT(30)

/* Offsets in the configuration space (VIRTIO 1.3, 5.2.4). */
enum {
	CAPACITY = 0,
	SIZE_MAX_ = 8,
	SEG_MAX = 12,
	BLK_SIZE = 20,
	PHYSICAL_EXP = 24,
	OPT_IO = 28,
	WCE = 32,
	NUM_QUEUES = 34,
	DISCARD_SECTORS = 36,
	DISCARD_SEG = 40,
	DISCARD_ALIGN = 44,
	WRITE_ZEROES_SECTORS = 48,
	WRITE_ZEROES_SEG = 52,
	WRITE_ZEROES_MAY_UNMAP = 56,
	SECURE_ERASE_SECTORS = 60,
	SECURE_ERASE_SEG = 64,
	SECURE_ERASE_ALIGN = 68,
	ZONE_SECTORS = 72,
	ZONES_OPEN = 76,
	ZONES_ACTIVE = 80,
	ZONE_APPEND = 84,
	ZONE_GRANULARITY = 88,
	ZONED_MODEL = 92,
};

enum protocol {
	MQ = 1 << 0,
	REPLY_ACK = 1 << 3,
	CONFIG = 1 << 9,
	INFLIGHT = 1 << 12,
	MEM_SLOTS = 1 << 15,
	STATUS = 1 << 16,
};

struct record {
	uint32_t request, flags, bytes;
	unsigned char payload[280];
	unsigned int fds;
};

/* How the back-end behaves, and what it has received. */
struct peer {
	uint64_t features;
	uint64_t protocol;
	uint64_t queue_num;
	uint64_t slots;
	unsigned char config[256];
	uint32_t config_bytes;	/* size of the configuration space */
	uint32_t config_only;	/* GET_CONFIG succeeds only for this size; 0: any size */
	unsigned char wce_late; /* value of `writeback` from SET_FEATURES on */
	bool keeps_wce;		/* ignore the value that SET_CONFIG writes to `writeback` */
	bool refuses_features;
	int inflight_fds;     /* surplus descriptors in the GET_INFLIGHT_FD reply */
	uint32_t refuses;     /* message answered with an error */
	uint32_t ignores;     /* message that gets no reply */
	unsigned int hang_up; /* close the connection after this many messages */

	unsigned char status;
	bool kicked_early; /* a queue was kicked before DRIVER_OK */
	struct record log[128];
	unsigned int n;
};

extern struct peer peer;
extern struct blk_dev dev;
extern struct blk_dev_options dev_options;
extern struct arena arena;
extern struct transport_queue queue[4];
extern char dir[64];
extern char path[108]; /* path of the listening socket */
extern int listener;

void setup(void);
void teardown(void);
void join(void);
void be_device(void);
bool was_kicked(void);
uint32_t get32(const void *p);
uint64_t get64(const void *p);
void set32(unsigned int at, uint32_t v);
void set_capacity(uint64_t sectors);
void set_num_queues(uint16_t v);

int try_open(void);
void must_open(void);
void must_fail(int error, const char *sentence);
void must_start(uint32_t count);
const char *transcript(const char *only);
const struct record *find(uint32_t request);
uint64_t features_set(void);

#endif
