// SPDX-License-Identifier: GPL-2.0-only
/* The memory shared with devices. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/unit/unit.h"
#include "vhost/transport/arena.h"

#define MIB (1ul << 20)

static struct arena arena;

/*
 * Count the mappings of arenas (@base is NULL) or the mappings that overlap [base, base + bytes).
 */
static unsigned int count_maps(const void *base, size_t bytes)
{
	uintptr_t from = (uintptr_t)base, to = from + bytes, a, b;
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned int n = 0;
	char line[512];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &a, &b) != 2)
			continue;
		n += base ? a < to && b > from : strstr(line, "vblk-arena") != NULL;
	}
	fclose(f);
	return n;
}

static void create(size_t bytes)
{
	ck_assert_msg(!arena_create(&arena, bytes, ARENA_PAGES_PLAIN), "%s", arena.error.text);
}

static void teardown(void)
{
	arena_destroy(&arena);
}

START_TEST(address_and_length_are_multiples_of_2_mib)
{
	static const size_t sizes[] = { 1,	     4096,    2 * MIB - 1, 2 * MIB,
					2 * MIB + 1, 3 * MIB, 7 * MIB + 5, 64 * MIB };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		create(sizes[i]);
		ck_assert_uint_eq((uintptr_t)arena.base % (2 * MIB), 0);
		ck_assert_uint_eq(arena.bytes % (2 * MIB), 0);
		ck_assert_uint_ge(arena.bytes, sizes[i]);
		ck_assert_uint_lt(arena.bytes, sizes[i] + 2 * MIB);
		ck_assert_uint_eq(arena.page_bytes, (size_t)sysconf(_SC_PAGESIZE));
		arena_destroy(&arena);
	}
}
END_TEST

START_TEST(many_arenas_lie_beside_each_other)
{
	struct arena many[16];

	for (size_t i = 0; i < COUNT(many); i++) {
		ck_assert_int_eq(arena_create(&many[i], 2 * MIB * (1 + i % 3), ARENA_PAGES_PLAIN),
				 0);
		ck_assert_uint_eq((uintptr_t)many[i].base % (2 * MIB), 0);
		memset(many[i].base, (int)i, many[i].bytes);
	}
	for (size_t i = 0; i < COUNT(many); i++) {
		ck_assert_uint_eq(many[i].base[0], i);
		ck_assert_uint_eq(many[i].base[many[i].bytes - 1], i);
		arena_destroy(&many[i]);
	}
}
END_TEST

START_TEST(memory_starts_as_zeroes_and_untouched)
{
	unsigned char resident[1024];
	struct stat st;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	create(4 * MIB);
	/* No page is allocated before its first use. */
	ck_assert_int_eq(fstat(arena.fd, &st), 0);
	ck_assert_int_eq(st.st_blocks, 0);
	ck_assert_uint_ge(COUNT(resident), arena.bytes / page);
	ck_assert_int_eq(mincore(arena.base, arena.bytes, resident), 0);
	for (size_t i = 0; i < arena.bytes / page; i++)
		ck_assert_int_eq(resident[i] & 1, 0);
	for (size_t i = 0; i < arena.bytes; i += 4096)
		if (arena.base[i])
			ck_abort_msg("byte %zu is not 0", i);
}
END_TEST

START_TEST(descriptor_is_the_same_memory)
{
	unsigned char *other, byte;
	struct stat st;

	create(4 * MIB);
	ck_assert_int_eq(fstat(arena.fd, &st), 0);
	ck_assert_int_eq(st.st_size, (off_t)arena.bytes);
	ck_assert_int_eq(fcntl(arena.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	other = mmap(NULL, arena.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, arena.fd, 0);
	ck_assert_ptr_ne(other, MAP_FAILED);
	for (size_t i = 0; i < arena.bytes; i += 4093) {
		arena.base[i] = (unsigned char)(i % 251 + 1);
		ck_assert_uint_eq(other[i], i % 251 + 1);
		other[i] = (unsigned char)~other[i];
		ck_assert_uint_eq(arena.base[i], (unsigned char)~(i % 251 + 1));
	}
	arena.base[arena.bytes - 1] = 0x5a;
	ck_assert_int_eq(pread(arena.fd, &byte, 1, (off_t)arena.bytes - 1), 1);
	ck_assert_uint_eq(byte, 0x5a);
	munmap(other, arena.bytes);
}
END_TEST

START_TEST(destroy_leaves_no_mapping_and_no_descriptor)
{
	unsigned int fds = unit_count_fds(), maps = count_maps(NULL, 0);

	for (int i = 0; i < 50; i++) {
		unsigned char *base;
		size_t bytes;

		create(6 * MIB);
		base = arena.base;
		bytes = arena.bytes;
		ck_assert_uint_eq(count_maps(NULL, 0), maps + 1);
		ck_assert_uint_eq(count_maps(base, bytes), 1);
		ck_assert_uint_eq(unit_count_fds(), fds + 1);
		arena_destroy(&arena);
		ck_assert_ptr_null(arena.base);
		ck_assert_uint_eq(count_maps(base, bytes), 0);
		ck_assert_uint_eq(unit_count_fds(), fds);
	}
	ck_assert_uint_eq(count_maps(NULL, 0), maps);
}
END_TEST

START_TEST(create_reserves_nothing_around_it)
{
	unsigned char *around;

	create(2 * MIB);
	/* Address space reserved to find an aligned address is free again. */
	around = mmap(arena.base - 4096, 4096, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (around != MAP_FAILED)
		munmap(around, 4096);
	arena_destroy(&arena);
	for (int i = 0; i < 200; i++) {
		unsigned int before = count_maps(NULL, 0);

		create(2 * MIB);
		ck_assert_uint_eq(count_maps(NULL, 0), before + 1);
		arena_destroy(&arena);
	}
}
END_TEST

START_TEST(destroying_what_was_not_made_does_nothing)
{
	struct arena none = { 0 };
	unsigned int fds = unit_count_fds();

	/* A zeroed structure must not close descriptor 0. */
	arena_destroy(&none);
	arena_destroy(&none);
	create(2 * MIB);
	arena_destroy(&arena);
	arena_destroy(&arena);
	ck_assert_uint_eq(unit_count_fds(), fds);
	ck_assert_int_ne(arena_create(&arena, 1ul << 62, ARENA_PAGES_PLAIN), 0);
	arena_destroy(&arena);
	ck_assert_uint_eq(unit_count_fds(), fds);
}
END_TEST

static void expect_sentence(size_t bytes, enum arena_pages pages, const char *start,
			    const char *end)
{
	unsigned int fds = unit_count_fds(), maps = count_maps(NULL, 0);
	size_t len;

	ck_assert_int_lt(arena_create(&arena, bytes, pages), 0);
	len = strlen(arena.error.text);
	ck_assert_msg(!strncmp(arena.error.text, start, strlen(start)), "'%s'", arena.error.text);
	ck_assert_msg(len > strlen(end) && !strcmp(arena.error.text + len - strlen(end), end),
		      "'%s'", arena.error.text);
	ck_assert_ptr_null(arena.base);
	ck_assert_uint_eq(unit_count_fds(), fds);
	ck_assert_uint_eq(count_maps(NULL, 0), maps);
}

START_TEST(huge_pages_not_to_be_had_are_explained)
{
	static const char end[] =
		" are free; reserve more (/sys/kernel/mm/hugepages) or set vblk_hugepages=none";

	/* 4 TiB of huge pages: more than any machine has free. */
	expect_sentence(4ul << 40, ARENA_PAGES_2M, "needs 2097152 huge pages of 2 MiB, but only ",
			end);
	expect_sentence((4ul << 40) - 1, ARENA_PAGES_2M,
			"needs 2097152 huge pages of 2 MiB, but only ", end);
	expect_sentence(4ul << 40, ARENA_PAGES_1G, "needs 4096 huge pages of 1024 MiB, but only ",
			end);
}
END_TEST

START_TEST(memory_not_to_be_had_is_explained)
{
	struct rlimit limit;

	expect_sentence(1ul << 62, ARENA_PAGES_PLAIN,
			"needs 4398046511104 MiB of memory for rings and buffers, but only ",
			"; lower iodepth=, bs= or numjobs=");
	expect_sentence(1ul << 62, ARENA_PAGES_AUTO,
			"needs 4398046511104 MiB of memory for rings and buffers, but only ",
			"; lower iodepth=, bs= or numjobs=");
	/* The memory is available, but cannot be allocated because of RLIMIT_FSIZE. */
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = MIB;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
	expect_sentence(2 * MIB, ARENA_PAGES_PLAIN,
			"cannot allocate 2 MiB of memory to share with the device: ", "");
}
END_TEST

/* Arenas that exist count against the memory that a new one may have; destroyed ones do not. */
START_TEST(arenas_count_together)
{
	size_t bytes = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE) / 2;
	struct arena half;

	/* Skip the test on a machine with less than half of its memory free. */
	if (arena_create(&half, bytes, ARENA_PAGES_PLAIN))
		return;
	ck_assert_int_eq(arena_create(&arena, bytes, ARENA_PAGES_PLAIN), -ENOMEM);
	arena_destroy(&half);
	create(bytes);
}
END_TEST

START_TEST(auto_takes_plain_pages_where_huge_ones_are_too_few)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	ck_assert_uint_eq(arena_page_bytes(4ul << 40, ARENA_PAGES_AUTO), page);
	ck_assert_uint_eq(arena_page_bytes(1, ARENA_PAGES_PLAIN), page);
	ck_assert_uint_eq(arena_page_bytes(1, ARENA_PAGES_2M), 2 * MIB);
	ck_assert_uint_eq(arena_page_bytes(1, ARENA_PAGES_1G), 1024 * MIB);
	ck_assert_int_eq(arena_create(&arena, 2 * MIB, ARENA_PAGES_AUTO), 0);
	ck_assert_uint_eq(arena.page_bytes, arena_page_bytes(2 * MIB, ARENA_PAGES_AUTO));
	arena.base[0] = arena.base[arena.bytes - 1] = 1;
}
END_TEST

/* The device holds the arena's descriptor too and must not be able to change the length. */
static void expect_length_is_kept(void)
{
	static const int more[] = { F_SEAL_WRITE, F_SEAL_SHRINK };
	struct stat st;
	void *other;

	ck_assert_int_eq(fcntl(arena.fd, F_GET_SEALS) &
				 (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_WRITE),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	ck_assert_int_eq(ftruncate(arena.fd, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(arena.fd, (off_t)(arena.bytes - arena.page_bytes)), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(arena.fd, (off_t)(2 * arena.bytes)), -1);
	ck_assert_int_eq(errno, EPERM);
	for (size_t i = 0; i < COUNT(more); i++) {
		ck_assert_int_eq(fcntl(arena.fd, F_ADD_SEALS, more[i]), -1);
		ck_assert_int_eq(errno, EPERM);
	}
	ck_assert_int_eq(fstat(arena.fd, &st), 0);
	ck_assert_int_eq(st.st_size, (off_t)arena.bytes);
	/* A device can still map the arena and write to it. */
	other = mmap(NULL, arena.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, arena.fd, 0);
	ck_assert_ptr_ne(other, MAP_FAILED);
	memset(other, 0x5a, arena.bytes);
	ck_assert_uint_eq(arena.base[arena.bytes - 1], 0x5a);
	munmap(other, arena.bytes);
}

START_TEST(nobody_can_change_its_length)
{
	create(4 * MIB);
	expect_length_is_kept();
}
END_TEST

START_TEST(nobody_can_change_its_length_with_huge_pages)
{
	/* The machine may have no free huge pages. */
	if (!arena_create(&arena, 2 * MIB, ARENA_PAGES_2M))
		expect_length_is_kept();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tc = tcase_create("arena");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, address_and_length_are_multiples_of_2_mib);
	tcase_add_test(tc, many_arenas_lie_beside_each_other);
	tcase_add_test(tc, memory_starts_as_zeroes_and_untouched);
	tcase_add_test(tc, descriptor_is_the_same_memory);
	tcase_add_test(tc, destroy_leaves_no_mapping_and_no_descriptor);
	tcase_add_test(tc, create_reserves_nothing_around_it);
	tcase_add_test(tc, destroying_what_was_not_made_does_nothing);
	tcase_add_test(tc, huge_pages_not_to_be_had_are_explained);
	tcase_add_test(tc, memory_not_to_be_had_is_explained);
	tcase_add_test(tc, arenas_count_together);
	tcase_add_test(tc, auto_takes_plain_pages_where_huge_ones_are_too_few);
	tcase_add_test(tc, nobody_can_change_its_length);
	tcase_add_test(tc, nobody_can_change_its_length_with_huge_pages);
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
