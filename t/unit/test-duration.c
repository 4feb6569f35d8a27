// SPDX-License-Identifier: GPL-2.0-only
/* Parsing durations as users write them: every unit, fractions, and invalid ones. */
#include "engine/duration.h"
#include "t/unit/unit.h"

static void reads(const char *text, unsigned int unit_us, long long wanted)
{
	long long us = -7;

	ck_assert_msg(!duration_parse(text, unit_us, &us), "'%s' is not accepted", text);
	ck_assert_msg(us == wanted, "'%s' is %lld us", text, us);
}

START_TEST(numbers_have_the_default_unit_or_one_of_their_own)
{
	reads("5", 1000000, 5000000);
	reads("5", 1, 5);
	reads("0", 1000000, 0);
	reads("7us", 1000000, 7);
	reads("7usec", 1000000, 7);
	reads("7MS", 1000000, 7000);
	reads("7msec", 1, 7000);
	reads("7s", 1, 7000000);
	reads("2m", 1, 120000000);
	reads("3h", 1, 10800000000ll);
	reads("1d", 1, 86400000000ll);
	reads("-1", 1000000, -1000000);
}
END_TEST

START_TEST(fractions_count)
{
	reads("0.5", 1000000, 500000);
	reads("1.25s", 1, 1250000);
	reads("0.000001", 1000000, 1);
	reads("0.0000001", 1000000, 0);
	reads("1.5h", 1, 5400000000ll);
	reads("2.", 1000000, 2000000);
}
END_TEST

START_TEST(anything_else_is_refused)
{
	static const char *const none[] = { "",
					    "x",
					    "5x",
					    "5 s",
					    ".5",
					    "1.5.2",
					    "5ss",
					    "s",
					    "-",
					    "--1",
					    "0x10",
					    "1e3",
					    "1,5",
					    " 5",
					    "inf",
					    "nan",
					    "999999999999999999999999",
					    "400000d" };

	for (size_t i = 0; i < COUNT(none); i++) {
		long long us;

		ck_assert_msg(duration_parse(none[i], 1000000, &us) < 0, "'%s' is accepted",
			      none[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("duration");
	TCase *tc = unit_tcase(suite, "duration", NULL, NULL);

	tcase_add_test(tc, numbers_have_the_default_unit_or_one_of_their_own);
	tcase_add_test(tc, fractions_count);
	tcase_add_test(tc, anything_else_is_refused);
	return unit_main(suite);
}
