// SPDX-License-Identifier: GPL-2.0-only
/*
 * The zone model of t/vblk-device/vblk-device: every state transition, limit and status (VIRTIO
 * 1.3, 5.2.6).
 */
#include <endian.h>
#include <linux/virtio_blk.h>

#include "t/unit/unit.h"
#include "t/vblk-device/zones.h"

#define ZONE	 16u /* sectors */
#define CAPACITY 12u
#define GRANULE	 2u
#define NR	 8u
#define LAST	 10u /* sectors of the last zone */

/* Short names for the tables. */
#define OK	  VIRTIO_BLK_S_OK
#define UNSUPP	  VIRTIO_BLK_S_UNSUPP
#define INVALID	  VDEV_S_ZONE_INVALID_CMD
#define UNALIGNED VDEV_S_ZONE_UNALIGNED_WP
#define OPEN_RES  VDEV_S_ZONE_OPEN_RESOURCE
#define ACTIVE	  VDEV_S_ZONE_ACTIVE_RESOURCE
#define NOT_WP	  VDEV_ZS_NOT_WP
#define EMPTY	  VDEV_ZS_EMPTY
#define IOPEN	  VDEV_ZS_IOPEN
#define EOPEN	  VDEV_ZS_EOPEN
#define CLOSED	  VDEV_ZS_CLOSED
#define RDONLY	  VDEV_ZS_RDONLY
#define FULL	  VDEV_ZS_FULL
#define OFFLINE	  VDEV_ZS_OFFLINE

/* Zoned layout of most tests; zone 0 is conventional. */
static const struct vdev_zones_layout plain = {
	.capacity_sectors = (NR - 1) * ZONE + LAST,
	.zone_sectors = ZONE,
	.zone_capacity_sectors = CAPACITY,
	.nr_conventional = 1,
	.max_append_sectors = 4,
	.write_granularity_sectors = GRANULE,
};
static struct vdev_zones zones;

static void make(const struct vdev_zones_layout *layout)
{
	vdev_zones_free(&zones);
	CHECK(!vdev_zones_init(&zones, layout));
}

static void setup(void)
{
	make(&plain);
}

static void teardown(void)
{
	vdev_zones_free(&zones);
}

static uint64_t at(uint32_t zone)
{
	return (uint64_t)zone * ZONE;
}

/* Write, and commit the data if the write is accepted. */
static uint8_t write_at(uint64_t sector, uint64_t sectors)
{
	uint8_t status = vdev_zones_write(&zones, sector, sectors);

	if (status == OK)
		vdev_zones_written(&zones, sector, sectors);
	return status;
}

static uint8_t append(uint32_t zone, uint64_t sectors)
{
	uint64_t sector;
	uint8_t status = vdev_zones_append(&zones, at(zone), sectors, &sector);

	if (status == OK) {
		CHECK_EQ(sector, zones.zone[zone].wp);
		vdev_zones_written(&zones, sector, sectors);
	}
	return status;
}

enum command { WRITE, APPEND, READ, OPEN, CLOSE, FINISH, RESET, RESET_ALL, COMMANDS };

static uint8_t run(enum command command, uint32_t zone)
{
	switch (command) {
	case WRITE:
		return write_at(zones.zone[zone].wp, GRANULE);
	case APPEND:
		return append(zone, GRANULE);
	case READ:
		return vdev_zones_read(&zones, at(zone), 1);
	case OPEN:
		return vdev_zones_open(&zones, at(zone));
	case CLOSE:
		return vdev_zones_close(&zones, at(zone));
	case FINISH:
		return vdev_zones_finish(&zones, at(zone));
	case RESET:
		return vdev_zones_reset(&zones, at(zone));
	default:
		vdev_zones_reset_all(&zones);
		return OK;
	}
}

/* Check that the counters of open and active zones agree with the states of the zones. */
static void check_resources(void)
{
	uint32_t open = 0, active = 0;

	for (uint32_t i = 0; i < zones.nr; i++) {
		enum vdev_zone_state s = zones.zone[i].state;

		open += s == IOPEN || s == EOPEN;
		active += s == IOPEN || s == EOPEN || s == CLOSED;
	}
	CHECK_EQ(zones.nr_open, open);
	CHECK_EQ(zones.nr_active, active);
}

/*
 * How to bring a zone into a state: a sequence of commands; READ_ONLY and OFFLINE are set at the
 * end.
 */
struct begin {
	enum vdev_zone_state state;
	bool written;
	enum command commands[CAPACITY / GRANULE];
	unsigned int nr;
};

static const struct begin begin[] = {
	{ EMPTY, false, { RESET }, 1 },
	{ IOPEN, true, { WRITE }, 1 },
	{ EOPEN, false, { OPEN }, 1 },
	{ EOPEN, true, { WRITE, OPEN }, 2 },
	{ CLOSED, true, { WRITE, CLOSE }, 2 },
	{ FULL, true, { WRITE, WRITE, WRITE, WRITE, WRITE, WRITE }, 6 },
	{ FULL, true, { WRITE, FINISH }, 2 },
	{ RDONLY, true, { WRITE }, 1 },
	{ OFFLINE, true, { WRITE }, 1 },
};

/* Status and next state for each row of begin[] and each command. */
static const struct {
	uint8_t status;
	enum vdev_zone_state state;
} expected[COUNT(begin)][COMMANDS] = {
	/* clang-format off */
	{ { OK, IOPEN }, { OK, IOPEN }, { OK, EMPTY }, { OK, EOPEN },
	  { INVALID, EMPTY }, { INVALID, EMPTY }, { OK, EMPTY }, { OK, EMPTY } },
	{ { OK, IOPEN }, { OK, IOPEN }, { OK, IOPEN }, { OK, EOPEN },
	  { OK, CLOSED }, { OK, FULL }, { OK, EMPTY }, { OK, EMPTY } },
	{ { OK, EOPEN }, { OK, EOPEN }, { OK, EOPEN }, { OK, EOPEN },
	  { OK, EMPTY }, { OK, FULL }, { OK, EMPTY }, { OK, EMPTY } },
	{ { OK, EOPEN }, { OK, EOPEN }, { OK, EOPEN }, { OK, EOPEN },
	  { OK, CLOSED }, { OK, FULL }, { OK, EMPTY }, { OK, EMPTY } },
	{ { OK, IOPEN }, { OK, IOPEN }, { OK, CLOSED }, { OK, EOPEN },
	  { OK, CLOSED }, { OK, FULL }, { OK, EMPTY }, { OK, EMPTY } },
	{ { INVALID, FULL }, { INVALID, FULL }, { OK, FULL }, { INVALID, FULL },
	  { INVALID, FULL }, { OK, FULL }, { OK, EMPTY }, { OK, EMPTY } },
	{ { INVALID, FULL }, { INVALID, FULL }, { OK, FULL }, { INVALID, FULL },
	  { INVALID, FULL }, { OK, FULL }, { OK, EMPTY }, { OK, EMPTY } },
	{ { INVALID, RDONLY }, { INVALID, RDONLY }, { OK, RDONLY }, { INVALID, RDONLY },
	  { INVALID, RDONLY }, { INVALID, RDONLY }, { INVALID, RDONLY }, { OK, RDONLY } },
	{ { INVALID, OFFLINE }, { INVALID, OFFLINE }, { INVALID, OFFLINE }, { INVALID, OFFLINE },
	  { INVALID, OFFLINE }, { INVALID, OFFLINE }, { INVALID, OFFLINE }, { OK, OFFLINE } },
	/* clang-format on */
};

START_TEST(transitions)
{
	for (unsigned int i = 0; i < COUNT(begin); i++) {
		for (unsigned int command = 0; command < COMMANDS; command++) {
			const struct begin *b = &begin[i];
			struct vdev_zone *zone;
			uint64_t written;
			uint8_t status;

			make(&plain);
			zone = &zones.zone[1];
			for (unsigned int n = 0; n < b->nr; n++)
				CHECK_EQ(run(b->commands[n], 1), OK);
			if (b->state == RDONLY || b->state == OFFLINE)
				CHECK(!vdev_zones_break(&zones, 1, b->state));
			CHECK_EQ(zone->state, b->state);
			CHECK_EQ(zone->wp > zone->start, b->written);
			written = zone->written;
			status = run(command, 1);
			if (status != expected[i][command].status ||
			    zone->state != expected[i][command].state)
				ck_abort_msg("row %u, command %u: status %u, state %u", i, command,
					     status, zone->state);
			check_resources();
			if (zone->state == EMPTY)
				CHECK(zone->wp == zone->start && zone->written == zone->start);
			else if (status == OK && command <= APPEND)
				CHECK(zone->wp == written + GRANULE && zone->written == zone->wp);
			else
				CHECK_EQ(zone->written, written);
		}
	}
}
END_TEST

START_TEST(conventional_zone)
{
	CHECK_EQ(write_at(3, 5), OK);
	CHECK_EQ(write_at(0, ZONE), OK);
	CHECK_EQ(vdev_zones_read(&zones, 1, ZONE - 1), OK);
	CHECK_EQ(append(0, GRANULE), INVALID);
	for (unsigned int command = OPEN; command <= RESET; command++)
		CHECK_EQ(run(command, 0), INVALID);
	vdev_zones_reset_all(&zones);
	CHECK_EQ(zones.zone[0].state, NOT_WP);
	CHECK_EQ(vdev_zones_break(&zones, 0, OFFLINE), -22);
}
END_TEST

START_TEST(where_writes_go)
{
	static const struct {
		uint64_t sector, sectors;
		uint8_t status;
	} steps[] = {
		{ 1 * ZONE + 2, 2, UNALIGNED },	     /* before the write pointer */
		{ 1 * ZONE, 3, UNALIGNED },	     /* length is no multiple of the granularity */
		{ 1 * ZONE, CAPACITY + 2, INVALID }, /* past the capacity */
		{ 1 * ZONE + CAPACITY, 2, INVALID }, /* starts at the capacity */
		{ 1 * ZONE, ZONE + 2, INVALID },     /* into the next zone */
		{ 0 * ZONE + 14, 4, INVALID },	     /* crosses the end of a conventional zone */
		{ 1 * ZONE, 0, OK },		     /* empty write */
		{ 1 * ZONE, 4, OK },		     /* at the write pointer */
		{ 1 * ZONE, 4, UNALIGNED },	     /* the same range again */
		{ 1 * ZONE + 4, CAPACITY - 2, INVALID }, /* longer than the space left */
		{ 1 * ZONE + 4, CAPACITY - 4, OK },	 /* the remaining space */
		{ 1 * ZONE + CAPACITY, 2, INVALID },	 /* the zone is full */
		{ (NR - 1) * ZONE, LAST, OK },
	};

	for (unsigned int i = 0; i < COUNT(steps); i++) {
		uint8_t status = write_at(steps[i].sector, steps[i].sectors);

		if (status != steps[i].status)
			ck_abort_msg("step %u: status %u", i, status);
	}
	CHECK_EQ(zones.zone[1].state, FULL);
	CHECK_EQ(zones.zone[NR - 1].state, FULL);
	CHECK_EQ(zones.nr_active, 0);
}
END_TEST

START_TEST(reads)
{
	CHECK_EQ(vdev_zones_read(&zones, at(1), ZONE), OK);
	CHECK_EQ(vdev_zones_read(&zones, at(1) + CAPACITY, 1), OK);
	CHECK_EQ(vdev_zones_read(&zones, at(1) + 1, ZONE), INVALID);
	CHECK_EQ(vdev_zones_read(&zones, at(1) - 1, 2), INVALID);
	CHECK_EQ(vdev_zones_read(&zones, at(0), ZONE), OK);
	CHECK_EQ(vdev_zones_read(&zones, plain.capacity_sectors, 0), OK);
}
END_TEST

START_TEST(appends)
{
	struct vdev_zones_layout none = plain;
	uint64_t sector;

	CHECK_EQ(append(1, 4), OK);
	CHECK_EQ(append(1, 2), OK);
	CHECK_EQ(zones.zone[1].wp, at(1) + 6);
	CHECK_EQ(append(1, 6), INVALID);
	CHECK_EQ(append(1, 3), UNALIGNED);
	CHECK_EQ(vdev_zones_append(&zones, at(1) + 6, 2, &sector), INVALID);
	CHECK_EQ(vdev_zones_append(&zones, at(NR), 2, &sector), INVALID);
	CHECK_EQ(append(1, 4), OK);
	CHECK_EQ(append(1, 4), INVALID);
	CHECK_EQ(append(1, 2), OK);
	CHECK_EQ(zones.zone[1].state, FULL);
	none.max_append_sectors = 0;
	make(&none);
	CHECK_EQ(append(1, 2), UNSUPP);
}
END_TEST

START_TEST(addresses)
{
	for (unsigned int command = OPEN; command <= RESET; command++) {
		static uint8_t (*const f[])(struct vdev_zones *, uint64_t) = {
			vdev_zones_open,
			vdev_zones_close,
			vdev_zones_finish,
			vdev_zones_reset,
		};

		CHECK_EQ(write_at(zones.zone[1].wp, GRANULE), OK);
		CHECK_EQ(f[command - OPEN](&zones, at(1) + 1), INVALID);
		CHECK_EQ(f[command - OPEN](&zones, at(NR)), INVALID);
		CHECK_EQ(f[command - OPEN](&zones, UINT64_MAX), INVALID);
		CHECK_EQ(zones.zone[1].state, IOPEN);
	}
}
END_TEST

START_TEST(open_limit)
{
	struct vdev_zones_layout two = plain;

	two.max_open = 2;
	make(&two);
	/* Implicitly open zones are closed to make room, the one opened first before the others. */
	CHECK_EQ(write_at(at(2), 2), OK);
	CHECK_EQ(write_at(at(1), 2), OK);
	CHECK_EQ(write_at(at(2) + 2, 2), OK);
	CHECK_EQ(write_at(at(3), 2), OK);
	CHECK_EQ(zones.zone[2].state, CLOSED);
	CHECK_EQ(zones.zone[1].state, IOPEN);
	CHECK_EQ(run(OPEN, 4), OK);
	CHECK_EQ(zones.zone[1].state, CLOSED);
	/* Explicitly open zones are not closed. */
	CHECK_EQ(run(OPEN, 3), OK);
	CHECK_EQ(run(OPEN, 5), OPEN_RES);
	CHECK_EQ(write_at(at(5), 2), OPEN_RES);
	CHECK_EQ(append(1, 2), OPEN_RES);
	CHECK_EQ(zones.zone[5].state, EMPTY);
	CHECK_EQ(zones.zone[1].state, CLOSED);
	CHECK_EQ(run(OPEN, 3), OK);
	check_resources();
	CHECK_EQ(run(FINISH, 3), OK);
	CHECK_EQ(write_at(at(5), 2), OK);
	check_resources();
}
END_TEST

START_TEST(active_limit)
{
	struct vdev_zones_layout two = plain;

	two.max_active = 2;
	make(&two);
	CHECK_EQ(write_at(at(1), 2), OK);
	CHECK_EQ(run(CLOSE, 1), OK);
	CHECK_EQ(run(OPEN, 2), OK);
	CHECK_EQ(write_at(at(3), 2), ACTIVE);
	CHECK_EQ(append(3, 2), ACTIVE);
	CHECK_EQ(run(OPEN, 3), ACTIVE);
	CHECK_EQ(zones.zone[3].state, EMPTY);
	/* Zones that are active already can be opened; full and empty zones are not active. */
	CHECK_EQ(write_at(at(1) + 2, 2), OK);
	CHECK_EQ(run(FINISH, 1), OK);
	CHECK_EQ(write_at(at(3), 2), OK);
	CHECK_EQ(run(RESET, 2), OK);
	CHECK_EQ(run(OPEN, 4), OK);
	CHECK_EQ(run(OPEN, 5), ACTIVE);
	CHECK(!vdev_zones_break(&zones, 4, RDONLY));
	CHECK_EQ(run(OPEN, 5), OK);
	check_resources();
}
END_TEST

START_TEST(both_limits)
{
	struct vdev_zones_layout one = plain;

	one.max_open = one.max_active = 1;
	make(&one);
	CHECK_EQ(run(OPEN, 1), OK);
	CHECK_EQ(run(OPEN, 2), ACTIVE);
	CHECK_EQ(write_at(at(2), 2), ACTIVE);
	/* Closing the open zone would not free an active one, so the zone stays open. */
	make(&one);
	CHECK_EQ(write_at(at(1), 2), OK);
	CHECK_EQ(run(OPEN, 2), ACTIVE);
	CHECK_EQ(zones.zone[1].state, IOPEN);
}
END_TEST

START_TEST(broken_zones)
{
	CHECK_EQ(write_at(at(1), 4), OK);
	CHECK(!vdev_zones_break(&zones, 1, RDONLY));
	CHECK_EQ(zones.zone[1].written, at(1) + 4);
	CHECK(!vdev_zones_break(&zones, 1, OFFLINE));
	CHECK_EQ(vdev_zones_break(&zones, 1, RDONLY), -22);
	CHECK_EQ(vdev_zones_break(&zones, NR, OFFLINE), -22);
}
END_TEST

START_TEST(report)
{
	struct vdev_zone_descriptor d[NR + 1];

	CHECK_EQ(sizeof(struct vdev_zone_report), 64);
	CHECK_EQ(sizeof(*d), 64);
	CHECK_EQ(sizeof(struct vdev_zoned_characteristics), 24);
	CHECK_EQ(write_at(at(2), 4), OK);
	CHECK_EQ(run(FINISH, 2), OK);
	CHECK_EQ(write_at(at(3), 4), OK);
	CHECK_EQ(vdev_zones_report(&zones, 0, d, NR + 1), NR);
	CHECK(d[0].z_type == VDEV_ZT_CONV && d[0].z_state == NOT_WP);
	CHECK_EQ(le64toh(d[0].z_cap), ZONE);
	CHECK(d[1].z_type == VDEV_ZT_SWR && d[1].z_state == EMPTY);
	CHECK_EQ(le64toh(d[1].z_cap), CAPACITY);
	CHECK_EQ(le64toh(d[1].z_start), at(1));
	CHECK_EQ(le64toh(d[1].z_wp), at(1));
	CHECK_EQ(d[2].z_state, FULL);
	CHECK_EQ(le64toh(d[3].z_wp), at(3) + 4);
	CHECK_EQ(le64toh(d[NR - 1].z_cap), LAST);
	/* The report starts at the zone that contains the sector, and has as many zones as fit. */
	CHECK_EQ(vdev_zones_report(&zones, at(3) + 5, d, 2), 2);
	CHECK_EQ(le64toh(d[0].z_start), at(3));
	CHECK_EQ(vdev_zones_report(&zones, at(3), d, 0), 0);
	CHECK_EQ(vdev_zones_report(&zones, plain.capacity_sectors, d, 2), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-zones");
	TCase *tc = unit_tcase(suite, "zones", setup, teardown);

	tcase_add_test(tc, transitions);
	tcase_add_test(tc, conventional_zone);
	tcase_add_test(tc, where_writes_go);
	tcase_add_test(tc, reads);
	tcase_add_test(tc, appends);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, open_limit);
	tcase_add_test(tc, active_limit);
	tcase_add_test(tc, both_limits);
	tcase_add_test(tc, broken_zones);
	tcase_add_test(tc, report);
	return unit_main(suite);
}
