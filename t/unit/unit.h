/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers for all unit tests. */
#ifndef T_UNIT_UNIT_H
#define T_UNIT_UNIT_H

#include <check.h>
#include <dirent.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/*
 * Like ck_assert() and ck_assert_uint_eq(), but for loops: Check's macros record their location on
 * every call, which takes microseconds.
 */
#define CHECK(condition)                                              \
	do {                                                          \
		if (!(condition))                                     \
			ck_abort_msg("check failed: %s", #condition); \
	} while (0)

#define CHECK_EQ(a, b)                                                                    \
	do {                                                                              \
		long long check_a = (long long)(a);                                       \
		long long check_b = (long long)(b);                                       \
                                                                                          \
		if (check_a != check_b)                                                   \
			ck_abort_msg("%s is %lld, %s is %lld", #a, check_a, #b, check_b); \
	} while (0)

/*
 * Add a test case to @suite: every test runs with the fixture and has a time limit of 30 seconds.
 */
static inline TCase *unit_tcase(Suite *suite, const char *name, SFun setup, SFun teardown)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return tc;
}

/* Run a suite; the only call in a test program's main(). */
static inline int unit_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Return the number of open descriptors of this process, plus a constant. */
static inline unsigned int unit_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#endif
