// SPDX-License-Identifier: GPL-2.0-only
/* Assignment of queues to jobs. */
#include "engine/assign.h"
#include "t/unit/unit.h"

#define JOB(job_name, ...)                                                    \
	{                                                                     \
		.name = job_name, .uses = true, .pin = QUEUE_ANY, __VA_ARGS__ \
	}

static int assign(struct assign_job *jobs, size_t count)
{
	size_t a, b;

	return assign_queues(jobs, count, &a, &b);
}

START_TEST(concurrent_jobs_get_queues_of_their_own)
{
	struct assign_job jobs[] = { JOB("a"), JOB("a"), JOB("b"), JOB("c") };

	ck_assert_int_eq(assign(jobs, COUNT(jobs)), 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(jobs[i].queue, i);
}
END_TEST

START_TEST(stonewalled_jobs_reuse)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b"), JOB("c", .stonewall = true), JOB("d") };

	ck_assert_int_eq(assign(jobs, COUNT(jobs)), 2);
	ck_assert_int_eq(jobs[2].queue, 0);
	ck_assert_int_eq(jobs[3].queue, 1);
}
END_TEST

START_TEST(eight_stonewalled_jobs_need_one_queue)
{
	struct assign_job jobs[8];

	for (int i = 0; i < 8; i++)
		jobs[i] = (struct assign_job)JOB("j", .stonewall = true);
	ck_assert_int_eq(assign(jobs, 8), 1);
}
END_TEST

START_TEST(jobs_that_wait_reuse)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b"), JOB("c", .wait_for = "a"),
				     JOB("d", .wait_for = "c") };

	ck_assert_int_eq(assign(jobs, COUNT(jobs)), 2);
	ck_assert_int_eq(jobs[2].queue, 0);
	/* d waits for c, which waits for a, so all three can use the same queue. */
	ck_assert_int_eq(jobs[3].queue, 0);
}
END_TEST

START_TEST(waiting_for_one_is_no_wait_for_another)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b", .wait_for = "a"),
				     JOB("c", .wait_for = "a") };

	ck_assert_int_eq(assign(jobs, COUNT(jobs)), 2);
	ck_assert_int_ne(jobs[1].queue, jobs[2].queue);
}
END_TEST

START_TEST(delayed_job_may_run_beside_later_stonewalls)
{
	/* fio does not hold a stonewall for a job whose delay has not passed. */
	struct assign_job jobs[] = { JOB("a", .delayed = true), JOB("b", .stonewall = true) };

	ck_assert(jobs_overlap(jobs, 0, 1));
	ck_assert_int_eq(assign(jobs, COUNT(jobs)), 2);
}
END_TEST

START_TEST(delayed_stonewall_holds_up_itself_only)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b", .stonewall = true, .delayed = true),
				     JOB("c") };

	ck_assert(!jobs_overlap(jobs, 0, 1));
	ck_assert(jobs_overlap(jobs, 0, 2));
}
END_TEST

START_TEST(waiting_for_a_delayed_job_is_a_delay)
{
	struct assign_job jobs[] = { JOB("a", .delayed = true), JOB("b", .wait_for = "a"),
				     JOB("c", .stonewall = true) };

	ck_assert(jobs_overlap(jobs, 1, 2));
}
END_TEST

START_TEST(pinned_jobs_come_first)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b"), JOB("c") };

	jobs[1].pin = 0;
	jobs[2].pin = 5;
	ck_assert_int_eq(assign(jobs, COUNT(jobs)), 6);
	ck_assert_int_eq(jobs[0].queue, 1);
	ck_assert_int_eq(jobs[1].queue, 0);
	ck_assert_int_eq(jobs[2].queue, 5);
}
END_TEST

START_TEST(pins_may_not_clash)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b"), JOB("c") };
	size_t a = 9, b = 9;

	jobs[0].pin = jobs[2].pin = 3;
	ck_assert_int_eq(assign_queues(jobs, COUNT(jobs), &a, &b), -1);
	ck_assert_uint_eq(a, 0);
	ck_assert_uint_eq(b, 2);
	jobs[2].stonewall = true;
	ck_assert_int_eq(assign_queues(jobs, COUNT(jobs), &a, &b), 4);
}
END_TEST

START_TEST(jobs_of_other_devices_take_no_queue)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b"), JOB("c") };

	jobs[1].uses = false;
	ck_assert_int_eq(assign(jobs, COUNT(jobs)), 2);
	ck_assert_int_eq(jobs[1].queue, QUEUE_ANY);
	ck_assert_int_eq(jobs[2].queue, 1);
}
END_TEST

START_TEST(more_jobs_than_queues_share_evenly_in_job_order)
{
	struct assign_job jobs[] = { JOB("a"), JOB("a"), JOB("b"), JOB("b"), JOB("b") };
	static const int queue[] = { 0, 1, 0, 1, 0 }, sharer[] = { 0, 0, 1, 1, 2 };

	ck_assert_int_eq(assign_shared_queues(jobs, COUNT(jobs), 2), 2);
	for (size_t i = 0; i < COUNT(jobs); i++) {
		ck_assert_int_eq(jobs[i].queue, queue[i]);
		ck_assert_int_eq(jobs[i].sharer, sharer[i]);
	}
}
END_TEST

START_TEST(jobs_one_after_the_other_are_the_same_sharer)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b"), JOB("c", .stonewall = true), JOB("d") };

	ck_assert_int_eq(assign_shared_queues(jobs, COUNT(jobs), 1), 1);
	ck_assert_int_eq(jobs[1].sharer, 1);
	ck_assert_int_eq(jobs[2].sharer, 0);
	ck_assert_int_eq(jobs[3].sharer, 1);
}
END_TEST

START_TEST(jobs_can_share_a_queue_they_are_pinned_to)
{
	struct assign_job jobs[] = { JOB("a"), JOB("b"), JOB("c"), JOB("d") };

	jobs[1].pin = jobs[2].pin = 1;
	ck_assert_int_eq(assign_shared_queues(jobs, COUNT(jobs), 2), 2);
	ck_assert_int_eq(jobs[1].queue, 1);
	ck_assert_int_eq(jobs[2].queue, 1);
	ck_assert_int_eq(jobs[2].sharer, 1);
	/* The others take the emptier queue. */
	ck_assert_int_eq(jobs[0].queue, 0);
	ck_assert_int_eq(jobs[3].queue, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assign");
	TCase *tc = tcase_create("assign");

	tcase_add_test(tc, concurrent_jobs_get_queues_of_their_own);
	tcase_add_test(tc, stonewalled_jobs_reuse);
	tcase_add_test(tc, eight_stonewalled_jobs_need_one_queue);
	tcase_add_test(tc, jobs_that_wait_reuse);
	tcase_add_test(tc, waiting_for_one_is_no_wait_for_another);
	tcase_add_test(tc, delayed_job_may_run_beside_later_stonewalls);
	tcase_add_test(tc, delayed_stonewall_holds_up_itself_only);
	tcase_add_test(tc, waiting_for_a_delayed_job_is_a_delay);
	tcase_add_test(tc, pinned_jobs_come_first);
	tcase_add_test(tc, pins_may_not_clash);
	tcase_add_test(tc, jobs_of_other_devices_take_no_queue);
	tcase_add_test(tc, more_jobs_than_queues_share_evenly_in_job_order);
	tcase_add_test(tc, jobs_one_after_the_other_are_the_same_sharer);
	tcase_add_test(tc, jobs_can_share_a_queue_they_are_pinned_to);
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
