// SPDX-License-Identifier: GPL-2.0-only
/* Scanning recorded logs for the I/O they contain, before fio reads them. */
#include <byteswap.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/replay.h"
#include "t/unit/unit.h"

static struct replay replay;
static char dir[64];
static char path[128];

static void setup(void)
{
	strcpy(dir, "/tmp/test-replay-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
}

static void teardown(void)
{
	char command[128];

	replay_free(&replay);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const void *data, size_t bytes)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, bytes, f), bytes);
	fclose(f);
}

static void scan(const char *list)
{
	replay_free(&replay);
	memset(&replay, 0xff, sizeof(replay));
	replay_scan(&replay, list);
}

static void scan_text(const char *text)
{
	write_file(path, text, strlen(text));
	scan(path);
}

static void expect(bool known, bool reads, bool writes, bool trims, uint64_t max, uint64_t max_trim)
{
	ck_assert_int_eq(replay.known, known);
	ck_assert_int_eq(replay.reads, reads);
	ck_assert_int_eq(replay.writes, writes);
	ck_assert_int_eq(replay.trims, trims);
	ck_assert_uint_eq(replay.max_bytes, max);
	ck_assert_uint_eq(replay.max_trim_bytes, max_trim);
}

START_TEST(version_2_has_bounds_and_files)
{
	scan_text("fio version 2 iolog\n"
		  "/run/a.sock add\n"
		  "/run/a.sock open\n"
		  "/run/b.sock add\n"
		  "/run/a.sock read 0 4096\n"
		  "/run/b.sock write 8192 65536\n"
		  "/run/a.sock wait 1000 99999999\n"
		  "/run/a.sock sync 0 0\n"
		  "/run/a.sock datasync 0 123456789\n"
		  "/run/a.sock trim 0 1048576\n"
		  "/run/a.sock read 0 512\n"
		  "/run/a.sock close\n");
	expect(true, true, true, true, 65536, 1048576);
	ck_assert(!replay.blktrace);
	ck_assert_uint_eq(replay.nfiles, 2);
	ck_assert_str_eq(replay.files[0], "/run/a.sock");
	ck_assert_str_eq(replay.files[1], "/run/b.sock");
}
END_TEST

START_TEST(version_3_has_a_time_before_each_line)
{
	scan_text("fio version 3 iolog\n"
		  "0 /run/a.sock add\n"
		  "0 /run/a.sock open\n"
		  "17 /run/a.sock read 4096 8192\n"
		  "99999999999 /run/a.sock write 0 512\n"
		  "100000000000 /run/a.sock close\n");
	expect(true, true, true, false, 8192, 0);
	ck_assert_uint_eq(replay.nfiles, 1);
	ck_assert_str_eq(replay.files[0], "/run/a.sock");
}
END_TEST

START_TEST(each_direction_is_told_from_the_others)
{
	scan_text("fio version 2 iolog\nf add\nf read 0 4096\n");
	expect(true, true, false, false, 4096, 0);
	scan_text("fio version 2 iolog\nf add\nf write 0 4096\n");
	expect(true, false, true, false, 4096, 0);
	scan_text("fio version 2 iolog\nf add\nf trim 0 4096\n");
	expect(true, false, false, true, 0, 4096);
	scan_text("fio version 2 iolog\nf add\nf sync 0 0\n");
	expect(true, false, false, false, 0, 0);
	ck_assert_uint_eq(replay.nfiles, 1);
}
END_TEST

START_TEST(large_numbers_are_kept_whole)
{
	scan_text("fio version 2 iolog\nf add\nf read 1099511627776 4294967295\n"
		  "f trim 0 1099511627776\n");
	expect(true, true, false, true, 4294967295, 1099511627776);
}
END_TEST

START_TEST(broken_lines_are_passed_over)
{
	scan_text("fio version 2 iolog\n"
		  "\n"
		  "lonely\n"
		  "f read\n"
		  "f read 0\n"
		  "f read 0 nonsense\n"
		  "f reads 0 9999\n"
		  "f read 0 4096\n"
		  "f write 0 1024");
	expect(true, true, true, false, 4096, 0);
	ck_assert_uint_eq(replay.nfiles, 1);
}
END_TEST

START_TEST(long_lines_and_names_do_no_harm)
{
	static char text[20000];
	size_t at = (size_t)sprintf(text, "fio version 2 iolog\n");

	memset(text + at, 'n', 9000);
	strcpy(text + at + 9000, " add\nf read 0 4096\n");
	scan_text(text);
	ck_assert(replay.known);
	ck_assert(replay.reads);
	ck_assert_uint_eq(replay.max_bytes, 4096);
}
END_TEST

START_TEST(empty_logs_ask_for_nothing)
{
	scan_text("");
	expect(true, false, false, false, 0, 0);
	scan_text("fio version 2 iolog\n");
	expect(true, false, false, false, 0, 0);
	ck_assert_uint_eq(replay.nfiles, 0);
}
END_TEST

/* A blktrace record: struct blk_io_trace of linux/blktrace_api.h, 48 bytes, then a payload. */
struct trace {
	uint32_t magic, sequence;
	uint64_t time, sector;
	uint32_t bytes, action, pid, device, cpu;
	uint16_t error, payload;
};

#define MAGIC	0x65617407u
#define QUEUE	1u
#define ISSUE	7u
#define READ	(1u << 16)
#define WRITE	(2u << 16)
#define NOTIFY	(1u << 26)
#define DISCARD (1u << 29)

static unsigned char trace[4096];
static size_t trace_bytes;

static void put(bool swapped, uint32_t action, uint32_t bytes, uint16_t payload)
{
	struct trace t = {
		.magic = MAGIC,
		.sequence = 1,
		.time = 1,
		.sector = 8,
		.bytes = bytes,
		.action = action,
		.device = 8 << 20 | 1,
		.payload = payload,
	};

	if (swapped) {
		t.magic = bswap_32(t.magic);
		t.bytes = bswap_32(t.bytes);
		t.action = bswap_32(t.action);
		t.payload = bswap_16(t.payload);
	}
	ck_assert_uint_eq(sizeof(t), 48);
	memcpy(trace + trace_bytes, &t, sizeof(t));
	trace_bytes += sizeof(t);
	memset(trace + trace_bytes, 0x77, payload);
	trace_bytes += payload;
}

static void scan_trace(void)
{
	write_file(path, trace, trace_bytes);
	trace_bytes = 0;
	scan(path);
	ck_assert(replay.blktrace);
	ck_assert_uint_eq(replay.nfiles, 0);
}

START_TEST(blktrace_of_either_byte_order)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		put(swapped, NOTIFY, 0, 16);
		put(swapped, QUEUE | READ, 4096, 0);
		scan_trace();
		expect(true, true, false, false, 4096, 0);

		put(swapped, QUEUE | WRITE, 8192, 0);
		scan_trace();
		expect(true, false, true, false, 8192, 0);

		put(swapped, QUEUE | WRITE | DISCARD, 1 << 20, 0);
		scan_trace();
		expect(true, false, false, true, 0, 1 << 20);

		put(swapped, QUEUE | READ, 4096, 100);
		put(swapped, QUEUE | WRITE, 16384, 7);
		put(swapped, QUEUE | READ, 512, 0);
		put(swapped, QUEUE | WRITE | DISCARD, 65536, 0);
		scan_trace();
		expect(true, true, true, true, 16384, 65536);
	}
}
END_TEST

START_TEST(blktrace_counts_queued_requests_only)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		put(swapped, ISSUE | WRITE, 1 << 20, 0);
		put(swapped, QUEUE | NOTIFY | WRITE, 1 << 20, 8);
		put(swapped, QUEUE | WRITE, 0, 0);
		put(swapped, QUEUE | READ, 4096, 0);
		scan_trace();
		expect(true, true, false, false, 4096, 0);
	}
}
END_TEST

START_TEST(blktrace_that_breaks_off_counts_as_far_as_it_goes)
{
	put(false, QUEUE | READ, 4096, 0);
	put(false, QUEUE | READ, 65536, 0);
	trace_bytes -= 10;
	scan_trace();
	expect(true, true, false, false, 4096, 0);
}
END_TEST

START_TEST(several_logs_are_one_bound)
{
	char a[128], b[128], list[400];

	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	write_file(a, "fio version 2 iolog\nx add\nx read 0 4096\n", 41);
	write_file(b, "fio version 3 iolog\n0 y add\n1 y write 0 8192\n", 46);
	snprintf(list, sizeof(list), "%s:%s", a, b);
	scan(list);
	expect(true, true, true, false, 8192, 0);
	ck_assert_uint_eq(replay.nfiles, 2);
	ck_assert_str_eq(replay.files[0], "x");
	ck_assert_str_eq(replay.files[1], "y");
	/* Empty names are ignored, as in fio. */
	snprintf(list, sizeof(list), ":%s::%s:", a, b);
	scan(list);
	expect(true, true, true, false, 8192, 0);
	/* If one log cannot be read, the result is incomplete; the other logs still count. */
	snprintf(list, sizeof(list), "%s:%s/none:%s", a, dir, b);
	scan(list);
	expect(false, true, true, false, 8192, 0);
}
END_TEST

START_TEST(escaped_colons_belong_to_the_name)
{
	char name[200], other[200], list[900];

	snprintf(name, sizeof(name), "%s/a:b:c", dir);
	snprintf(other, sizeof(other), "%s/d\\e", dir);
	write_file(name, "fio version 2 iolog\nx add\nx read 0 4096\n", 41);
	write_file(other, "fio version 2 iolog\nx add\nx trim 0 512\n", 40);
	snprintf(list, sizeof(list), "%s/a\\:b\\:c", dir);
	scan(list);
	expect(true, true, false, false, 4096, 0);
	snprintf(list, sizeof(list), "%s:%s/a\\:b\\:c", other, dir);
	scan(list);
	expect(true, true, false, true, 4096, 512);
	/* Without the backslash the list has three names, none of which exists. */
	scan(name);
	expect(false, false, false, false, 0, 0);
}
END_TEST

START_TEST(unreadable_logs_are_not_known)
{
	char name[200];

	snprintf(name, sizeof(name), "%s/none", dir);
	scan(name);
	expect(false, false, false, false, 0, 0);
	scan(dir);
	expect(false, false, false, false, 0, 0);
	ck_assert_int_eq(mkfifo(name, 0600), 0);
	scan(name);
	expect(false, false, false, false, 0, 0);
	scan("/dev/null");
	expect(false, false, false, false, 0, 0);
	if (geteuid()) {
		write_file(path, "fio version 2 iolog\nx add\n", 26);
		ck_assert_int_eq(chmod(path, 0), 0);
		scan(path);
		expect(false, false, false, false, 0, 0);
	}
}
END_TEST

START_TEST(standard_input_and_sockets_are_left_alone)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	scan("-");
	expect(false, false, false, false, 0, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/socket", dir);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	scan(addr.sun_path);
	expect(false, false, false, false, 0, 0);
	close(fd);
}
END_TEST

START_TEST(scanning_leaves_no_descriptor_open)
{
	unsigned int fds = unit_count_fds();

	scan_text("fio version 2 iolog\nf add\nf read 0 4096\n");
	put(false, QUEUE | READ, 4096, 0);
	scan_trace();
	scan(dir);
	ck_assert_uint_eq(unit_count_fds(), fds);
	replay_free(&replay);
	replay_free(&replay);
	ck_assert_uint_eq(replay.nfiles, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *tc = tcase_create("replay");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, version_2_has_bounds_and_files);
	tcase_add_test(tc, version_3_has_a_time_before_each_line);
	tcase_add_test(tc, each_direction_is_told_from_the_others);
	tcase_add_test(tc, large_numbers_are_kept_whole);
	tcase_add_test(tc, broken_lines_are_passed_over);
	tcase_add_test(tc, long_lines_and_names_do_no_harm);
	tcase_add_test(tc, empty_logs_ask_for_nothing);
	tcase_add_test(tc, blktrace_of_either_byte_order);
	tcase_add_test(tc, blktrace_counts_queued_requests_only);
	tcase_add_test(tc, blktrace_that_breaks_off_counts_as_far_as_it_goes);
	tcase_add_test(tc, several_logs_are_one_bound);
	tcase_add_test(tc, escaped_colons_belong_to_the_name);
	tcase_add_test(tc, unreadable_logs_are_not_known);
	tcase_add_test(tc, standard_input_and_sockets_are_left_alone);
	tcase_add_test(tc, scanning_leaves_no_descriptor_open);
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
