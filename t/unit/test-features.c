// SPDX-License-Identifier: GPL-2.0-only
/* Feature names: parsing of vblk_features= and printing of feature bits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "t/unit/unit.h"
#include "vhost/blk/blk_dev.h"
#include "vhost/blk/features.h"

static struct blk_dev_options dev_options;
static struct error error;

static int parse(const char *text)
{
	dev_options = (struct blk_dev_options){ .require = ~0ull, .forbid = ~0ull };
	strcpy(error.text, "untouched");
	return features_parse(&dev_options, text, &error);
}

START_TEST(nothing_said_is_nothing_wished)
{
	static const char *const empty[] = { NULL, "" };

	for (size_t i = 0; i < COUNT(empty); i++) {
		ck_assert_int_eq(parse(empty[i]), 0);
		ck_assert_uint_eq(dev_options.require, 0);
		ck_assert_uint_eq(dev_options.forbid, 0);
		ck_assert_str_eq(error.text, "untouched");
	}
}
END_TEST

START_TEST(plus_requires_and_minus_forbids)
{
	ck_assert_int_eq(parse("+mq"), 0);
	ck_assert_uint_eq(dev_options.require, 1ull << 12);
	ck_assert_uint_eq(dev_options.forbid, 0);
	ck_assert_int_eq(parse("-event_idx"), 0);
	ck_assert_uint_eq(dev_options.require, 0);
	ck_assert_uint_eq(dev_options.forbid, 1ull << 29);
	ck_assert_int_eq(parse("+mq,-event_idx,+flush,-indirect_desc"), 0);
	ck_assert_uint_eq(dev_options.require, 1ull << 12 | 1ull << 9);
	ck_assert_uint_eq(dev_options.forbid, 1ull << 29 | 1ull << 28);
}
END_TEST

START_TEST(saying_it_twice_is_saying_it_once)
{
	ck_assert_int_eq(parse("+mq,+mq,-ro,-ro"), 0);
	ck_assert_uint_eq(dev_options.require, 1ull << 12);
	ck_assert_uint_eq(dev_options.forbid, 1ull << 5);
}
END_TEST

/* Names and bit numbers of VIRTIO 1.3, 5.2.3 and 6. */
static const struct {
	const char *name;
	unsigned int bit;
	bool implemented;
} known[] = {
	{ "size_max", 1, true },
	{ "seg_max", 2, true },
	{ "geometry", 4, false },
	{ "ro", 5, true },
	{ "blk_size", 6, true },
	{ "flush", 9, true },
	{ "topology", 10, true },
	{ "config_wce", 11, true },
	{ "mq", 12, true },
	{ "discard", 13, true },
	{ "write_zeroes", 14, true },
	{ "lifetime", 15, true },
	{ "secure_erase", 16, true },
	{ "zoned", 17, true },
	{ "indirect_desc", 28, true },
	{ "event_idx", 29, true },
	{ "version_1", 32, true },
	{ "access_platform", 33, false },
	{ "ring_packed", 34, true },
	{ "in_order", 35, false },
	{ "order_platform", 36, false },
	{ "sr_iov", 37, false },
	{ "notification_data", 38, false },
	{ "notif_config_data", 39, false },
	{ "ring_reset", 40, false },
};

START_TEST(names_are_those_of_the_specification)
{
	unsigned int named = 0;

	for (size_t i = 0; i < COUNT(known); i++)
		ck_assert_str_eq(feature_name(known[i].bit), known[i].name);
	for (unsigned int bit = 0; bit < 64; bit++)
		named += feature_name(bit) != NULL;
	ck_assert_uint_eq(named, COUNT(known));
	ck_assert_ptr_null(feature_name(64));
	ck_assert_ptr_null(feature_name(UINT32_MAX));
}
END_TEST

START_TEST(every_known_feature_may_be_forbidden_but_version_1)
{
	char text[64];

	for (size_t i = 0; i < COUNT(known); i++) {
		snprintf(text, sizeof(text), "-%s", known[i].name);
		if (known[i].bit == 32) {
			ck_assert_int_eq(parse(text), -EINVAL);
			ck_assert_str_eq(
				error.text,
				"version_1 cannot be forbidden: this driver does not support legacy devices");
		} else {
			ck_assert_int_eq(parse(text), 0);
			ck_assert_uint_eq(dev_options.forbid, 1ull << known[i].bit);
		}
	}
}
END_TEST

START_TEST(only_what_is_implemented_may_be_required)
{
	char text[64], sentence[96];

	for (size_t i = 0; i < COUNT(known); i++) {
		/*
		 * The driver's lists of implemented features and of features that may be required
		 * must agree.
		 */
		bool implemented = (BLK_DEV_FEATURES | transport_features()) & 1ull << known[i].bit;

		snprintf(text, sizeof(text), "+%s", known[i].name);
		ck_assert(implemented || !known[i].implemented);
		if (implemented) {
			ck_assert_int_eq(parse(text), 0);
			ck_assert_uint_eq(dev_options.require, 1ull << known[i].bit);
		} else {
			ck_assert_int_eq(parse(text), -EINVAL);
			snprintf(sentence, sizeof(sentence), "%s is not implemented by this driver",
				 known[i].name);
			ck_assert_str_eq(error.text, sentence);
		}
	}
}
END_TEST

START_TEST(mistakes_have_sentences)
{
	static const struct {
		const char *text, *sentence;
	} wrong[] = {
		{ "mq", "'mq' starts with neither + nor -" },
		{ "+mq,flush", "'flush' starts with neither + nor -" },
		{ " +mq", "' +mq' starts with neither + nor -" },
		{ ",", "'' starts with neither + nor -" },
		{ "+mq,,-ro", "'' starts with neither + nor -" },
		{ "+nonsense", "'nonsense' is not a virtio-blk feature" },
		{ "+mq,-nonsense,flush", "'nonsense' is not a virtio-blk feature" },
		{ "+", "'' is not a virtio-blk feature" },
		{ "-", "'' is not a virtio-blk feature" },
		{ "-,+mq", "'' is not a virtio-blk feature" },
		{ "+MQ", "'MQ' is not a virtio-blk feature" },
		{ "+mq ", "'mq ' is not a virtio-blk feature" },
		{ "+m", "'m' is not a virtio-blk feature" },
		{ "+mqq", "'mqq' is not a virtio-blk feature" },
		{ "+VIRTIO_BLK_F_MQ", "'VIRTIO_BLK_F_MQ' is not a virtio-blk feature" },
		{ "+mq,-mq", "mq is both required and forbidden" },
		{ "-flush,+mq,+flush", "flush is both required and forbidden" },
		{ "+version_1,-version_1", "version_1 is both required and forbidden" },
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		ck_assert_msg(parse(wrong[i].text) == -EINVAL, "'%s' was accepted", wrong[i].text);
		ck_assert_str_eq(error.text, wrong[i].sentence);
	}
}
END_TEST

START_TEST(list_has_names_and_numbers)
{
	char text[512];

	feature_list(0, text, sizeof(text));
	ck_assert_str_eq(text, "");
	feature_list(1ull << 12, text, sizeof(text));
	ck_assert_str_eq(text, "mq");
	feature_list(1ull << 9 | 1ull << 12 | 1ull << 32, text, sizeof(text));
	ck_assert_str_eq(text, "flush,mq,version_1");
	feature_list(1ull << 0 | 1ull << 3 | 1ull << 63, text, sizeof(text));
	ck_assert_str_eq(text, "0,3,63");
	feature_list(~0ull, text, sizeof(text));
	ck_assert_int_eq(strncmp(text, "0,size_max,seg_max,3,geometry,", 30), 0);
	ck_assert_str_eq(text + strlen(text) - 6, ",62,63");
}
END_TEST

START_TEST(list_is_cut_off_where_it_does_not_fit)
{
	char text[512], whole[512];

	feature_list(~0ull, whole, sizeof(whole));
	for (size_t bytes = 1; bytes <= strlen(whole) + 1; bytes++) {
		memset(text, 'x', sizeof(text));
		feature_list(~0ull, text, bytes);
		ck_assert_uint_lt(strlen(text), bytes);
		ck_assert_int_eq(strncmp(text, whole, strlen(text)), 0);
		ck_assert_int_eq(text[bytes], 'x');
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("features");
	TCase *tc = tcase_create("features");

	tcase_add_test(tc, nothing_said_is_nothing_wished);
	tcase_add_test(tc, plus_requires_and_minus_forbids);
	tcase_add_test(tc, saying_it_twice_is_saying_it_once);
	tcase_add_test(tc, names_are_those_of_the_specification);
	tcase_add_test(tc, every_known_feature_may_be_forbidden_but_version_1);
	tcase_add_test(tc, only_what_is_implemented_may_be_required);
	tcase_add_test(tc, mistakes_have_sentences);
	tcase_add_test(tc, list_has_names_and_numbers);
	tcase_add_test(tc, list_is_cut_off_where_it_does_not_fit);
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
