// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtqueues of both layouts: restarted empty for a device that lost its state, and the ring
 * position at which a new device continues.
 */
#include "t/unit/virtq-rig.h"

/* Start a new device, without the state of the old one, at @base. */
static void new_device(uint32_t base)
{
	struct devring_config cfg = r.ring.cfg;

	devring_fini(&r.ring);
	CHECK_EQ(devring_init(&r.ring, &cfg), 0);
	CHECK_EQ(devring_set_base(&r.ring, base), 0);
}

/* Forget the outstanding requests of driver and device. */
static void forget(void)
{
	for (unsigned int i = 0; i < r.held.n; i++)
		(*line_at(&r.held, i))->state = UNKNOWN;
	for (unsigned int i = 0; i < r.pushed.n; i++)
		(*line_at(&r.pushed, i))->state = UNKNOWN;
	r.held.n = r.pushed.n = r.visible = 0;
}

static const uint32_t empty_base[] = { 0, 0x80008000 };

START_TEST(VU_12_base_of_an_empty_queue)
{
	start(config(_i, 8, 1));
	CHECK_EQ(virtq_base(&r.vq), empty_base[_i & PACKED]);
}
END_TEST

START_TEST(VU_14_restarted_queue_is_as_new_for_device_and_driver)
{
	for (unsigned int before = 0; before < 40; before++) {
		start_at(config(_i, 32, 3), 65520);
		for (unsigned int i = 0; i < before; i++)
			round_trip(1 + i * 40, i & 1);
		/*
		 * Requests in three states: held by the device, complete but not taken, and not
		 * published.
		 */
		add_many(3);
		virtq_publish(&r.vq);
		pop_all();
		push(0);
		flush();
		add_many(1);
		virtq_restart(&r.vq, &r.config, &r.layout, r.iova);
		forget();
		CHECK_EQ(virtq_outstanding(&r.vq), 0);
		CHECK_EQ(virtq_base(&r.vq), empty_base[_i & PACKED]);
		for (size_t i = 0; i < r.layout.slot - r.layout.device; i++)
			CHECK_EQ(r.memory[r.layout.device + i], 0);
		new_device(virtq_base(&r.vq));
		r.next_id = 0;
		CHECK(!pop());
		/*
		 * All slots are usable, with requests of every shape, for several passes of the
		 * ring.
		 */
		for (unsigned int i = 0; i < 3; i++) {
			add_many(r.layout.slots);
			virtq_publish(&r.vq);
			CHECK_EQ(pop_all(), r.layout.slots);
			push_all_and_flush();
			CHECK_EQ(take_all(), r.layout.slots);
		}
		for (unsigned int i = 0; i < 50; i++)
			round_trip(1 + i * 30, i & 1);
		check_all_is_well();
	}
}
END_TEST

START_TEST(VU_14_queue_that_was_never_used_loses_only_what_the_device_wrote)
{
	start(config(_i, 8, 1));
	r.vq.formatted = false;
	memset(r.memory, 0x5a, r.layout.bytes);
	virtq_restart(&r.vq, &r.config, &r.layout, r.iova);
	for (size_t i = 0; i < r.layout.bytes; i++)
		CHECK_EQ(r.memory[i], i >= r.layout.device && i < r.layout.slot ? 0 : 0x5a);
	check_guards();
}
END_TEST

START_TEST(VU_12_base_is_where_the_next_device_goes_on)
{
	for (unsigned int before = 0; before < 70; before++) {
		start_at(config(_i, 16, 1), 65530);
		for (unsigned int i = 0; i < before; i++)
			round_trip(512, i & 1);
		/* Published, but not yet seen by any device. */
		add_many(2);
		virtq_publish(&r.vq);
		new_device(virtq_base(&r.vq));
		CHECK_EQ(pop_all(), 2);
		push_all_and_flush();
		CHECK_EQ(take_all(), 2);
		round_trip(512, true);
		check_all_is_well();
	}
}
END_TEST

START_TEST(description_says_where_both_sides_are)
{
	char text[200];

	start_at(config(_i, 8, 1), 3);
	add_many(1);
	virtq_publish(&r.vq);
	virtq_describe(&r.vq, text, sizeof(text));
	if (!(_i & PACKED))
		ck_assert_str_eq(
			text,
			"available index 4, used index 3, driver's position in the used ring 3");
	else
		ck_assert_msg(
			strstr(text, "next used descriptor 3 with wrap counter 1 and flags 0x"),
			"%s", text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("virtq-restart");
	TCase *tc = rig_tcase(suite, "restart");

	tcase_add_loop_test(tc, VU_12_base_of_an_empty_queue, 0, KINDS);
	tcase_add_loop_test(tc, VU_14_restarted_queue_is_as_new_for_device_and_driver, 0, KINDS);
	tcase_add_loop_test(tc, VU_14_queue_that_was_never_used_loses_only_what_the_device_wrote, 0,
			    KINDS);
	tcase_add_loop_test(tc, VU_12_base_is_where_the_next_device_goes_on, 0, KINDS);
	tcase_add_loop_test(tc, description_says_where_both_sides_are, 0, KINDS);
	return unit_main(suite);
}
