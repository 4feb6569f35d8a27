// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit of locked memory, checked before a device gets memory. Each test runs in its own
 * process, whose limit it may set.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "t/unit/unit.h"
#include "vhost/transport/memlock.h"

static struct error error;

static void limit_kib(rlim_t kib)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	limit.rlim_cur = kib << 10;
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
}

static void drop_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	ck_assert_int_eq(syscall(SYS_capset, &header, none), 0);
}

static int check(enum memlock_count count, uint64_t kib)
{
	return memlock_check(count, kib << 10, &error);
}

START_TEST(what_fits_is_fine)
{
	limit_kib(64);
	ck_assert_int_eq(check(MEMLOCK_PINNED, 64), 0);
	drop_privileges();
	ck_assert_int_eq(check(MEMLOCK_LOCKED, 64), 0);
}
END_TEST

START_TEST(what_does_not_is_said_in_numbers)
{
	limit_kib(64);
	ck_assert_int_eq(check(MEMLOCK_PINNED, 65), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(error.text, "needs 65 KiB"));
	ck_assert_ptr_nonnull(strstr(error.text, "limit is 64 KiB"));
	drop_privileges();
	ck_assert_int_eq(check(MEMLOCK_LOCKED, 65), -ENOMEM);
	ck_assert_int_eq(check(MEMLOCK_LOCKED, UINT64_MAX >> 10), -ENOMEM);
}
END_TEST

START_TEST(some_are_privileged)
{
	if (geteuid())
		return;
	limit_kib(64);
	ck_assert_int_eq(check(MEMLOCK_LOCKED, 65), 0);
	ck_assert_int_eq(check(MEMLOCK_PINNED, 65), -ENOMEM);
}
END_TEST

START_TEST(the_limit_is_raised_up_to_the_hard_one)
{
	struct rlimit limit = { .rlim_cur = 64 << 10, .rlim_max = 128 << 10 };

	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	drop_privileges();
	ck_assert(memlock_raise(MEMLOCK_PINNED, 1 << 10));
	ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 64 << 10);
	ck_assert(memlock_raise(MEMLOCK_PINNED, 128 << 10));
	ck_assert_int_eq(check(MEMLOCK_PINNED, 128), 0);
	ck_assert(!memlock_raise(MEMLOCK_PINNED, 129 << 10));
	ck_assert(!memlock_raise(MEMLOCK_PINNED, UINT64_MAX));
	ck_assert_int_eq(check(MEMLOCK_PINNED, 128), 0);
}
END_TEST

START_TEST(the_privileged_raise_the_hard_limit)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct rlimit limit = { .rlim_cur = 64 << 10, .rlim_max = 64 << 10 };

	ck_assert_int_eq(syscall(SYS_capget, &header, caps), 0);
	if (!(caps[0].effective & 1u << CAP_SYS_RESOURCE))
		return;
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	ck_assert(memlock_raise(MEMLOCK_PINNED, 65 << 10));
	ck_assert_int_eq(check(MEMLOCK_PINNED, 65), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memlock");
	TCase *tc = unit_tcase(suite, "memlock", NULL, NULL);

	tcase_add_test(tc, what_fits_is_fine);
	tcase_add_test(tc, what_does_not_is_said_in_numbers);
	tcase_add_test(tc, some_are_privileged);
	tcase_add_test(tc, the_limit_is_raised_up_to_the_hard_one);
	tcase_add_test(tc, the_privileged_raise_the_hard_limit);
	return unit_main(suite);
}
