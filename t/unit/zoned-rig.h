/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the tests of the zoned t/vblk-device/vblk-device: the device, a connection, and
 * requests of every kind.
 *
 * The constants repeat those of the specification (VIRTIO 1.3, 5.2), independently of the
 * definitions in t/vblk-device/.
 */
#ifndef T_UNIT_ZONED_RIG_H
#define T_UNIT_ZONED_RIG_H

#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "t/unit/raw-driver.h"
#include "t/unit/unit.h"

enum { IN = 0, OUT = 1, DISCARD = 11, WRITE_ZEROES = 13, SECURE_ERASE = 14, APPEND = 15 };
enum { REPORT = 16, OPEN = 18, CLOSE = 20, FINISH = 22, RESET = 24, RESET_ALL = 26 };
enum { OK, IOERR, UNSUPP, INVALID, UNALIGNED, OPEN_RESOURCE, ACTIVE_RESOURCE };
enum {
	NOT_WP = 0,
	EMPTY = 1,
	IOPEN = 2,
	EOPEN = 3,
	CLOSED = 4,
	RDONLY = 13,
	FULL = 14,
	OFFLINE = 15
};

#define FEATURE(bit) (1ull << (bit))
/* MQ, ZONED, and the range requests WRITE_ZEROES and SECURE_ERASE. */
#define MQ	 FEATURE(12)
#define ZONED	 FEATURE(17)
#define FEATURES (MQ | FEATURE(14) | FEATURE(16) | ZONED)

/* In sectors: zones of 64 KiB with a capacity of 48 KiB. The last of NR zones has 32 KiB. */
#define SECTOR	 512u
#define ZONE	 128u
#define CAPACITY 96u
#define GRANULE	 8u
#define NR	 16u

static const char *const zoned[] = {
	"--zoned", "--zone-size",	   "64k",      "--zone-capacity",
	"48k",	   "--conventional-zones", "1",	       "--size",
	"992k",	   "--max-open-zones",	   "2",	       "--max-active-zones",
	"3",	   "--max-append-sectors", "32",       "--write-granularity",
	"4096",	   "--secure-erase",	   "--queues", "2",
	NULL,
};

static struct raw_driver d;
static char dir[] = "/tmp/vblk-zoned.XXXXXX";

static inline void setup(void)
{
	d = (struct raw_driver){ 0 };
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	CHECK(mkdtemp(dir));
}

static inline void teardown(void)
{
	char said[64];

	snprintf(said, sizeof(said), "%s/said", dir);
	unlink(said);
	unlink(d.path);
	rmdir(dir);
}

static inline void start(const char *const *options)
{
	raw_device_start(&d, dir, options);
	CHECK(raw_open(&d, FEATURES) & 8);
	raw_start(&d);
}

static inline void finish(void)
{
	raw_close(&d);
	CHECK_EQ(raw_device_stop(&d), 0);
}

/* Count the lines of the device's output that report @rule as broken. */
static inline unsigned int rules(const char *rule)
{
	char path[64], line[256], want[32];
	unsigned int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/said", dir);
	snprintf(want, sizeof(want), "broke %s:", rule);
	f = fopen(path, "r");
	CHECK(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, want) != NULL;
	fclose(f);
	return n;
}

static inline uint64_t at(uint32_t zone)
{
	return (uint64_t)zone * ZONE;
}

static inline uint8_t command(uint32_t type, uint64_t sector)
{
	return raw_request(&d.queue[0], &(struct raw_request){ .type = type, .sector = sector });
}

static inline uint8_t write_at(uint64_t sector, uint32_t sectors, int byte)
{
	memset(d.queue[0].data, byte, sectors * SECTOR);
	return raw_request(&d.queue[0], &(struct raw_request){ .type = OUT,
							       .sector = sector,
							       .out_bytes = sectors * SECTOR });
}

static inline uint8_t append(struct raw_queue *q, uint32_t zone, uint32_t sectors, int byte,
			     uint64_t *where)
{
	uint8_t status;
	__le64 sector;

	memset(q->data, byte, sectors * SECTOR);
	status = raw_request(q, &(struct raw_request){ .type = APPEND,
						       .sector = at(zone),
						       .out_bytes = sectors * SECTOR,
						       .tail_bytes = 8 });
	memcpy(&sector, q->tail, sizeof(sector));
	*where = le64toh(sector);
	return status;
}

static inline uint8_t read_at(uint64_t sector, uint32_t sectors)
{
	memset(d.queue[0].data, 0xee, sectors * SECTOR);
	return raw_request(&d.queue[0], &(struct raw_request){ .type = IN,
							       .sector = sector,
							       .in_bytes = sectors * SECTOR });
}

/* Return true if @sectors sectors from @sector on contain only @byte. */
static inline bool holds(uint64_t sector, uint32_t sectors, int byte)
{
	CHECK_EQ(read_at(sector, sectors), OK);
	for (uint32_t i = 0; i < sectors * SECTOR; i++)
		if (d.queue[0].data[i] != byte)
			return false;
	return true;
}

static inline uint8_t ranges(uint32_t type, uint64_t sector, uint32_t sectors)
{
	struct {
		__le64 sector;
		__le32 sectors, flags;
	} range = { htole64(sector), htole32(sectors), 0 };

	memcpy(d.queue[0].data, &range, sizeof(range));
	return raw_request(&d.queue[0],
			   &(struct raw_request){ .type = type, .out_bytes = sizeof(range) });
}

static inline uint64_t field(const unsigned char *p, unsigned int offset)
{
	__le64 v;

	memcpy(&v, p + offset, sizeof(v));
	return le64toh(v);
}

/*
 * Report one zone, check the fields that never change, and return the zone's state and, if
 * requested, its write pointer.
 */
static inline uint8_t state_of(uint32_t zone, uint64_t *wp)
{
	const unsigned char *z = d.queue[0].data + 64;

	CHECK_EQ(raw_request(&d.queue[0], &(struct raw_request){ .type = REPORT,
								 .sector = at(zone) + 3,
								 .in_bytes = 128 }),
		 OK);
	CHECK_EQ(field(d.queue[0].data, 0), 1);
	CHECK_EQ(field(z, 0), zone == 0 ? ZONE : zone == NR - 1 ? ZONE / 2 : CAPACITY);
	CHECK_EQ(field(z, 8), at(zone));
	CHECK_EQ(z[24], zone == 0 ? 1 : 2);
	if (wp)
		*wp = field(z, 16);
	return z[25];
}

#endif
