// SPDX-License-Identifier: GPL-2.0-only
/* Formatting of error messages. */
#include <errno.h>
#include <string.h>

#include "t/unit/unit.h"
#include "vhost/transport/error.h"

/* The canaries detect writes beyond the error structure. */
static struct {
	char before[8];
	struct error error;
	char behind[8];
} room;

static void setup(void)
{
	memset(&room, 'x', sizeof(room));
	*room.error.text = 0;
}

static void check_canaries(void)
{
	ck_assert_int_eq(memcmp(room.before, "xxxxxxxx", sizeof(room.before)), 0);
	ck_assert_int_eq(memcmp(room.behind, "xxxxxxxx", sizeof(room.behind)), 0);
}

START_TEST(sentence_is_formatted_and_the_errno_returned)
{
	ck_assert_int_eq(error_set(&room.error, -EIO, "queue %u: %s", 3u, "gone"), -EIO);
	ck_assert_str_eq(room.error.text, "queue 3: gone");
	ck_assert_int_eq(error_set(&room.error, -ENODEV, "other"), -ENODEV);
	ck_assert_str_eq(room.error.text, "other");
	check_canaries();
}
END_TEST

START_TEST(sentence_can_be_part_of_the_next_one)
{
	error_set(&room.error, -EIO, "no answer");
	ck_assert_int_eq(error_set(&room.error, -EIO, "queue %u: %s; again", 1u, room.error.text),
			 -EIO);
	ck_assert_str_eq(room.error.text, "queue 1: no answer; again");
}
END_TEST

START_TEST(first_sentence_is_kept)
{
	ck_assert_int_eq(error_keep(&room.error, -EIO, "first, %d", 1), -EIO);
	ck_assert_int_eq(error_keep(&room.error, -ENODEV, "second"), -ENODEV);
	ck_assert_str_eq(room.error.text, "first, 1");
}
END_TEST

START_TEST(sentence_is_cut_off_where_it_does_not_fit)
{
	char text[2 * ERROR_BYTES];

	for (size_t bytes = ERROR_BYTES - 2; bytes < sizeof(text); bytes += 7) {
		memset(text, 'a', bytes);
		text[bytes] = 0;
		error_set(&room.error, -EIO, "%s", text);
		ck_assert_uint_eq(strlen(room.error.text),
				  bytes < ERROR_BYTES ? bytes : ERROR_BYTES - 1);
		ck_assert_int_eq(strncmp(room.error.text, text, strlen(room.error.text)), 0);
		/* Put a prefix before a message that fills the buffer already. */
		error_set(&room.error, -EIO, "b%s", room.error.text);
		ck_assert_int_eq(room.error.text[0], 'b');
		ck_assert_uint_eq(strlen(room.error.text), ERROR_BYTES - 1);
		check_canaries();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *tc = unit_tcase(suite, "error", setup, NULL);

	tcase_add_test(tc, sentence_is_formatted_and_the_errno_returned);
	tcase_add_test(tc, sentence_can_be_part_of_the_next_one);
	tcase_add_test(tc, first_sentence_is_kept);
	tcase_add_test(tc, sentence_is_cut_off_where_it_does_not_fit);
	return unit_main(suite);
}
