// SPDX-License-Identifier: GPL-2.0-only
/* How long a hybrid wait spins, given the earlier waits. */
#include "engine/spin.h"
#include "t/unit/unit.h"

#define MAX_NS 50000u

static struct spin spin;

static void set_up(void)
{
	spin_init(&spin, MAX_NS);
}

/* Wait @n times for a device that takes @takes_ns each time. Return how many waits slept. */
static unsigned int waits(uint64_t takes_ns, unsigned int n)
{
	unsigned int slept = 0;

	while (n--) {
		CHECK(spin.limit_ns <= spin.max_ns);
		if (takes_ns <= spin.limit_ns) {
			spin_hit(&spin, takes_ns);
		} else {
			spin_slept(&spin, takes_ns);
			slept++;
		}
	}
	return slept;
}

START_TEST(fast_device_is_spun_for)
{
	CHECK_EQ(waits(700, 100000), 0);
	CHECK_EQ(waits(40000, 1000), 1); /* sleeps until the limit is learnt */
}
END_TEST

START_TEST(learnt_limit_is_no_shorter_than_a_sleep)
{
	waits(0, 100000);
	CHECK(spin.limit_ns >= 20000 && spin.limit_ns < MAX_NS);
	CHECK_EQ(waits(15000, 1000), 0);
}
END_TEST

START_TEST(slow_device_is_slept_for)
{
	unsigned int i, tries = 0;

	waits(90000, 4);
	CHECK_EQ(spin.limit_ns, 0);
	for (i = 0; i < 100000; i++) {
		tries += !!spin.limit_ns;
		waits(90000, 1);
	}
	/* Spinning is still tried, but rarely. */
	CHECK(tries >= 90 && tries <= 110);
}
END_TEST

START_TEST(few_slow_ones_among_fast_ones_change_nothing)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		CHECK(spin.limit_ns);
		waits(2000, 20);
		CHECK_EQ(waits(5000000, 1), 1);
	}
}
END_TEST

START_TEST(mostly_in_vain_is_given_up)
{
	unsigned int i, spun = 0;

	for (i = 0; i < 10000; i++) {
		spun += !!spin.limit_ns;
		waits(i % 10 ? 90000 : 2000, 1);
	}
	CHECK(spun < 2500);
}
END_TEST

START_TEST(sleep_that_was_short_brings_it_back)
{
	waits(90000, 100);
	CHECK_EQ(spin.limit_ns, 0);
	waits(30000, 1);
	CHECK(spin.limit_ns >= 30000);
	CHECK_EQ(waits(30000, 1000), 0);
}
END_TEST

START_TEST(wake_up_that_takes_longer_than_the_spin_does_not_hide_a_fast_device)
{
	unsigned int i;

	waits(90000, 100);
	/* The device takes 10 us, the wake-up another 60 us. */
	for (i = 0; i < 2000 && !spin.limit_ns; i++)
		spin_slept(&spin, 70000);
	CHECK(spin.limit_ns >= 10000);
	CHECK_EQ(waits(10000, 1000), 0);
}
END_TEST

START_TEST(no_spin_wanted_is_none)
{
	spin_init(&spin, 0);
	waits(1, 10000);
	CHECK_EQ(spin.limit_ns, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spin");
	TCase *tc = unit_tcase(suite, "spin", set_up, NULL);

	tcase_add_test(tc, fast_device_is_spun_for);
	tcase_add_test(tc, learnt_limit_is_no_shorter_than_a_sleep);
	tcase_add_test(tc, slow_device_is_slept_for);
	tcase_add_test(tc, few_slow_ones_among_fast_ones_change_nothing);
	tcase_add_test(tc, mostly_in_vain_is_given_up);
	tcase_add_test(tc, sleep_that_was_short_brings_it_back);
	tcase_add_test(tc, wake_up_that_takes_longer_than_the_spin_does_not_hide_a_fast_device);
	tcase_add_test(tc, no_spin_wanted_is_none);
	return unit_main(suite);
}
