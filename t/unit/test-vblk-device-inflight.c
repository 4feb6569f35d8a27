// SPDX-License-Identifier: GPL-2.0-only
/*
 * t/vblk-device/vblk-device with an inflight region: a request that an order held back, or at which
 * the device died, is completed on the next connection or by the next device.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t/unit/raw-driver.h"
#include "t/unit/unit.h"

#define MQ    (1ull << 12)
#define BYTES 4096u

static struct raw_driver d;
static char dir[] = "/tmp/vblk-inflight.XXXXXX";
static char image[64];
static const struct raw_request out = { .type = 1, .sector = 8, .out_bytes = BYTES };
static const struct raw_request in = { .type = 0, .sector = 8, .in_bytes = BYTES };

static void setup(void)
{
	d = (struct raw_driver){ .inflight_fd = memfd_create("inflight", MFD_CLOEXEC) };
	CHECK(d.inflight_fd > 0);
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(image, sizeof(image), "%s/image", dir);
}

static void teardown(void)
{
	char said[64];

	snprintf(said, sizeof(said), "%s/said", dir);
	unlink(said);
	unlink(image);
	rmdir(dir);
	close(d.inflight_fd);
}

static void start(const char *order)
{
	const char *options[] = {
		"--inflight", "--queues", "2",	    "--store", "file",
		"--file",     image,	  "--size", "64k",     order ? "--order" : NULL,
		order,	      NULL
	};

	raw_device_start(&d, dir, options);
}

static void connect_again(void)
{
	CHECK(raw_open(&d, MQ) & 8);
	raw_start(&d);
}

/*
 * One thread serves both queues: after two requests on the second queue the thread has seen the
 * request on the first.
 */
static void await_fetch(void)
{
	CHECK_EQ(raw_request(&d.queue[1], &in), 0);
	CHECK_EQ(raw_request(&d.queue[1], &in), 0);
}

/*
 * Check that the region marks the request, descriptor 0 of the first queue, as in flight. Its
 * inflight byte follows the 16-byte queue header.
 */
static void check_noted(void)
{
	unsigned char noted;

	CHECK_EQ(d.queue[0].tail[0], 0xff);
	CHECK_EQ(pread(d.inflight_fd, &noted, 1, 16), 1);
	CHECK_EQ(noted, 1);
}

/*
 * Check that the device now serving the queue completes the outstanding write, and further
 * requests.
 */
static void check_done(void)
{
	struct raw_queue *q = &d.queue[0];

	CHECK_EQ(raw_wait(q, &out), 0);
	memset(q->data, 0, BYTES);
	CHECK_EQ(raw_request(q, &in), 0);
	CHECK(q->data[0] == 0x5a && q->data[BYTES - 1] == 0x5a);
	raw_close(&d);
	CHECK_EQ(raw_device_stop(&d), 0);
}

static void leave_behind(const char *order)
{
	start(order);
	connect_again();
	CHECK_EQ(raw_request(&d.queue[0], &in), 0);
	memset(d.queue[0].data, 0x5a, BYTES);
	raw_submit(&d.queue[0], &out);
}

START_TEST(dropped)
{
	leave_behind("drop 1 write");
	await_fetch();
	raw_hang_up(&d);
	check_noted();
	connect_again();
	check_done();
}
END_TEST

START_TEST(delayed)
{
	leave_behind("delay=600000 1 write");
	await_fetch();
	raw_hang_up(&d);
	check_noted();
	connect_again();
	check_done();
}
END_TEST

START_TEST(died)
{
	leave_behind("die 1 write");
	raw_device_await_death(&d);
	raw_hang_up(&d);
	check_noted();
	start(NULL);
	connect_again();
	check_done();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-inflight");
	TCase *tc = unit_tcase(suite, "inflight", setup, teardown);

	tcase_add_test(tc, dropped);
	tcase_add_test(tc, delayed);
	tcase_add_test(tc, died);
	return unit_main(suite);
}
