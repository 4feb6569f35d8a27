// SPDX-License-Identifier: GPL-2.0-only
/* How the configuration space is read, and which values are accepted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "t/unit/blk-dev-peer.h"
#include "vhost/blk/blk_config.h"
#include "vhost/blk/blk_start.h"

START_TEST(CONF_2_fields_without_their_feature_are_not_read)
{
	for (int offered = 0; offered < 2; offered++) {
		memset(peer.config + 8, 0xff, sizeof(peer.config) - 8);
		peer.wce_late = 0xff;
		if (offered) {
			/* The fields' features are offered but not accepted. */
			dev_options.forbid = BIT(1) | BIT(2) | BIT(6) | BIT(10) | BIT(12) |
					     BIT(13) | BIT(14) | BIT(16) | BIT(17);
			peer.features |= dev_options.forbid;
			peer.config[ZONED_MODEL] = BLK_ZONE_MODEL_HOST_AWARE;
		}
		must_open();
		ck_assert_uint_eq(dev.capacity_bytes, 2048 * 512);
		ck_assert_uint_eq(dev.block_bytes, 512);
		ck_assert_uint_eq(dev.seg_max, BLK_DEV_SEGMENTS_UNLIMITED);
		ck_assert_uint_eq(dev.size_max, BLK_DEV_SIZE_UNLIMITED);
		ck_assert_uint_eq(dev.queues_max, 1);
		for (unsigned int kind = 0; kind < BLK_RANGE_KINDS; kind++)
			ck_assert_uint_eq(dev.range[kind].max_bytes, 0);
		ck_assert(!dev.write_zeroes_may_unmap);
		ck_assert_int_eq(dev.zoned.model, BLK_ZONE_MODEL_NONE);
		ck_assert_uint_eq(dev.physical_block_exp, 0);
		ck_assert(!dev.writeback);
		blk_dev_stop(&dev);
	}
}
END_TEST

START_TEST(CONF_2_fields_with_their_feature_are_read)
{
	peer.features |= BIT(1) | BIT(2) | BIT(6) | BIT(9) | BIT(10) | BIT(12) | BIT(13) | BIT(14) |
			 BIT(16) | BIT(17);
	set32(WRITE_ZEROES_SECTORS, 80);
	set32(WRITE_ZEROES_SEG, 5);
	peer.config[WRITE_ZEROES_MAY_UNMAP] = 1;
	set32(SECURE_ERASE_SECTORS, 4096);
	set32(SECURE_ERASE_SEG, 2);
	set32(SECURE_ERASE_ALIGN, 64);
	set32(ZONE_SECTORS, 1024);
	set32(ZONES_OPEN, 7);
	set32(ZONES_ACTIVE, 9);
	set32(ZONE_APPEND, 256);
	set32(ZONE_GRANULARITY, 8192);
	peer.config[ZONED_MODEL] = BLK_ZONE_MODEL_HOST_AWARE;
	peer.config[PHYSICAL_EXP] = 3;
	peer.config[PHYSICAL_EXP + 1] = 1;
	set32(OPT_IO, 2048);
	must_open();
	ck_assert_uint_eq(dev.range[BLK_WRITE_ZEROES].max_bytes, 80 * 512);
	ck_assert_uint_eq(dev.range[BLK_WRITE_ZEROES].max_segments, 5);
	ck_assert(dev.write_zeroes_may_unmap);
	ck_assert_uint_eq(dev.range[BLK_SECURE_ERASE].max_bytes, 4096 * 512);
	ck_assert_uint_eq(dev.range[BLK_SECURE_ERASE].max_segments, 2);
	ck_assert_uint_eq(dev.range[BLK_SECURE_ERASE].align_bytes, 64 * 512);
	ck_assert_int_eq(dev.zoned.model, BLK_ZONE_MODEL_HOST_AWARE);
	ck_assert_uint_eq(dev.zoned.zone_bytes, 1024 * 512);
	ck_assert_uint_eq(dev.zoned.max_open, 7);
	ck_assert_uint_eq(dev.zoned.max_active, 9);
	ck_assert_uint_eq(dev.zoned.max_append_bytes, 256 * 512);
	ck_assert_uint_eq(dev.zoned.write_granularity_bytes, 8192);
	ck_assert_uint_eq(dev.physical_block_exp, 3);
	ck_assert_uint_eq(dev.alignment_offset, 1);
	ck_assert_uint_eq(dev.opt_io_blocks, 2048);
	ck_assert_uint_eq(dev.capacity_bytes, 2048 * 512);
	ck_assert_uint_eq(dev.block_bytes, 4096);
	ck_assert_uint_eq(dev.seg_max, 126);
	ck_assert_uint_eq(dev.size_max, 65536);
	ck_assert_uint_eq(dev.queues_max, 4);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].max_bytes, 1000 * 512);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].max_segments, 3);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].align_bytes, 8 * 512);
}
END_TEST

/*
 * End of each feature's fields (VIRTIO 1.3, 5.2.4). The driver does not use the geometry, but its
 * fields count.
 */
static const struct {
	unsigned int bit;
	uint32_t end;
} parts[] = {
	{ 63, 8 },  { 1, 12 },	{ 2, 16 },  { 4, 20 },	{ 6, 24 },  { 10, 32 },
	{ 11, 33 }, { 12, 36 }, { 13, 48 }, { 14, 60 }, { 16, 72 }, { 17, 96 },
};

START_TEST(CONF_3_exactly_what_the_offered_features_define_is_asked_for)
{
	const struct record *m;

	peer.features |= BIT(parts[_i].bit);
	must_open();
	m = find(VHOST_USER_GET_CONFIG);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(get32(m->payload), 0);
	ck_assert_uint_eq(get32(m->payload + 4), parts[_i].end);
	/* Offer SIZE_MAX as well: the feature whose fields end last decides the length. */
	blk_dev_stop(&dev);
	peer.features |= BIT(1) | BIT(parts[_i].bit);
	must_open();
	m = find(VHOST_USER_GET_CONFIG);
	ck_assert_uint_eq(get32(m->payload + 4), parts[_i].end > 12 ? parts[_i].end : 12);
}
END_TEST

START_TEST(CONF_3_larger_space_is_fine)
{
	peer.config_bytes = 256;
	peer.features |= BIT(6) | BIT(12);
	must_open();
	ck_assert_uint_eq(dev.block_bytes, 4096);
}
END_TEST

START_TEST(CONF_3_space_of_one_size_only_is_found)
{
	static const uint32_t only[] = { 8, 24, 36, 57, 60, 72, 96, 256 };

	for (size_t i = 0; i < COUNT(only); i++) {
		peer.config_bytes = peer.config_only = only[i];
		must_open();
		ck_assert_uint_eq(dev.capacity_bytes, 2048 * 512);
		blk_dev_stop(&dev);
	}
}
END_TEST

START_TEST(CONF_3_too_small_space_for_a_field_in_use_is_an_error)
{
	static const struct {
		unsigned int bit;
		const char *name;
		uint32_t end;
	} fields[] = { { 1, "size_max", 12 },
		       { 2, "seg_max", 16 },
		       { 6, "blk_size", 24 },
		       { 12, "mq", 36 },
		       { 13, "discard", 48 } };
	char sentence[100];

	for (size_t i = 0; i < COUNT(fields); i++) {
		peer.features = VERSION_1 | PROTOCOL | BIT(fields[i].bit);
		for (uint32_t cut = 1; cut <= 4; cut += 3) {
			peer.config_bytes = fields[i].end - cut;
			snprintf(
				sentence, sizeof(sentence),
				"configuration space has %u bytes, too few for the field that %s needs",
				peer.config_bytes, fields[i].name);
			must_fail(-EPROTO, sentence);
		}
		/* A field that is not used may be missing. */
		dev_options.forbid = BIT(fields[i].bit);
		must_open();
		blk_dev_stop(&dev);
		dev_options.forbid = 0;
		peer.config_bytes = fields[i].end;
		must_open();
		blk_dev_stop(&dev);
	}
	peer.features = VERSION_1 | PROTOCOL;
	peer.config_bytes = 7;
	must_fail(-EPROTO, "too small for the capacity");
}
END_TEST

START_TEST(VU_9_no_answer_of_any_size_is_an_error)
{
	peer.config_only = 11;
	must_fail(-EPROTO, "GET_CONFIG");
}
END_TEST

START_TEST(CONF_absurd_values_are_errors_and_zero_limits_none)
{
	static const uint32_t block_sizes[] = { 0, 1, 256, 511, 513, 4097, 0xffffffff };

	peer.features |= BIT(6);
	for (size_t i = 0; i < COUNT(block_sizes); i++) {
		set32(BLK_SIZE, block_sizes[i]);
		must_fail(-EPROTO, "logical block size");
	}
	set32(BLK_SIZE, 512);
	set_capacity(~0ull);
	must_fail(-EPROTO, "more than 8 EiB");
	set_capacity(1ull << 54);
	must_fail(-EPROTO, "more than 8 EiB");
	set_capacity((1ull << 54) - 1);
	must_open();
	blk_dev_stop(&dev);

	peer.features |= BIT(1) | BIT(2);
	set32(SIZE_MAX_, 511);
	must_fail(-EPROTO, "size_max");
	set32(SIZE_MAX_, 4097);
	set32(SEG_MAX, 0);
	must_open();
	ck_assert_uint_eq(dev.size_max, 4096);
	ck_assert_uint_eq(dev.seg_max, BLK_DEV_SEGMENTS_UNLIMITED);
	blk_dev_stop(&dev);
	set32(SIZE_MAX_, 0);
	set32(SEG_MAX, 1);
	must_open();
	ck_assert_uint_eq(dev.size_max, BLK_DEV_SIZE_UNLIMITED);
	ck_assert_uint_eq(dev.seg_max, 1);
	blk_dev_stop(&dev);

	peer.features |= BIT(13);
	set32(DISCARD_SECTORS, 0);
	set32(DISCARD_SEG, 0);
	set32(DISCARD_ALIGN, 0);
	must_open();
	ck_assert_uint_eq(dev.range[BLK_DISCARD].max_bytes, 0xffffffffull * 512);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].max_segments, 1);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].align_bytes, 512);
	blk_dev_stop(&dev);
	/* Limits are rounded down to whole blocks. */
	set32(BLK_SIZE, 4096);
	set32(DISCARD_SECTORS, 23);
	must_open();
	ck_assert_uint_eq(dev.range[BLK_DISCARD].max_bytes, 8192);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].align_bytes, 512);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].split_bytes, 4096);
	blk_dev_stop(&dev);
	set32(DISCARD_ALIGN, 12);
	must_open();
	ck_assert_uint_eq(dev.range[BLK_DISCARD].align_bytes, 12 * 512);
	ck_assert_uint_eq(dev.range[BLK_DISCARD].split_bytes, 24 * 512);
	blk_dev_stop(&dev);
	set32(DISCARD_ALIGN, 16);
	must_open();
	ck_assert_uint_eq(dev.range[BLK_DISCARD].split_bytes, 8192);
	blk_dev_stop(&dev);
	/* A limit below one block makes the feature unusable, but the device remains usable. */
	set32(DISCARD_SECTORS, 7);
	must_open();
	ck_assert(blk_dev_has(&dev, VIRTIO_BLK_F_DISCARD));
	ck_assert_uint_eq(dev.range[BLK_DISCARD].max_bytes, 0);
	blk_dev_stop(&dev);
	dev_options.strict = true;
	set32(SIZE_MAX_, 4096);
	set32(DISCARD_SEG, 1);
	must_fail(-EPROTO, "less than its logical block (vblk_strict)");
}
END_TEST

START_TEST(CONF_what_does_no_harm_is_an_error_if_strict)
{
	static const struct {
		unsigned int bit;
		unsigned int field;
		const char *sentence;
	} zeroes[] = {
		{ 1, SIZE_MAX_,
		  "offers size_max but reports a value of 0; vblk_features=-size_max" },
		{ 2, SEG_MAX, "offers seg_max but reports a value of 0; vblk_features=-seg_max" },
		{ 13, DISCARD_SECTORS,
		  "offers discard but limits a request to 4 segments of 0 sectors" },
		{ 13, DISCARD_SEG,
		  "offers discard but limits a request to 0 segments of 800 sectors" },
		{ 14, WRITE_ZEROES_SECTORS,
		  "offers write_zeroes but limits a request to 4 segments of 0 sectors" },
		{ 14, WRITE_ZEROES_SEG,
		  "offers write_zeroes but limits a request to 0 segments of 800 sectors" },
		{ 16, SECURE_ERASE_SECTORS,
		  "offers secure_erase but limits a request to 4 segments of 0 sectors" },
		{ 16, SECURE_ERASE_SEG,
		  "offers secure_erase but limits a request to 0 segments of 800 sectors" },
	};

	peer.features |= BIT(1) | BIT(2) | BIT(13) | BIT(14) | BIT(16);
	set32(SIZE_MAX_, 4096);
	set32(SEG_MAX, 126);
	set32(DISCARD_ALIGN, 0);
	for (unsigned int at = DISCARD_SECTORS; at <= SECURE_ERASE_SECTORS; at += 12) {
		set32(at, 800);
		set32(at + 4, 4);
	}
	dev_options.strict = true;
	must_open();
	blk_dev_stop(&dev);
	for (size_t i = 0; i < COUNT(zeroes); i++) {
		uint32_t was = get32(peer.config + zeroes[i].field);

		set32(zeroes[i].field, 0);
		must_fail(-EPROTO, zeroes[i].sentence);
		ck_assert_ptr_nonnull(strstr(dev.error.text, "(vblk_strict)"));
		dev_options.forbid = BIT(zeroes[i].bit);
		must_open();
		blk_dev_stop(&dev);
		dev_options.forbid = 0;
		dev_options.strict = false;
		must_open();
		blk_dev_stop(&dev);
		dev_options.strict = true;
		set32(zeroes[i].field, was);
	}
}
END_TEST

START_TEST(VU_9_answer_of_another_size_is_an_error_if_strict)
{
	static const struct {
		uint32_t only, has;
		const char *sentence;
	} answers[] = {
		{ 60, 60,
		  "GET_CONFIG of 48 bytes, the size that its features require, with 0 bytes" },
		{ 256, 256,
		  "GET_CONFIG of 48 bytes, the size that its features require, with 0 bytes" },
		{ 0, 40,
		  "GET_CONFIG of 48 bytes, the size that its features require, with 40 bytes" },
	};

	/* The feature is offered but not used. */
	peer.features |= BIT(13);
	dev_options.forbid = BIT(13);
	for (size_t i = 0; i < COUNT(answers); i++) {
		peer.config_only = answers[i].only;
		peer.config_bytes = answers[i].has;
		dev_options.strict = false;
		must_open();
		blk_dev_stop(&dev);
		dev_options.strict = true;
		must_fail(-EPROTO, answers[i].sentence);
	}
	peer.config_only = peer.config_bytes = 48;
	must_open();
}
END_TEST

START_TEST(capacity_counts_in_whole_blocks)
{
	peer.features |= BIT(6);
	set32(BLK_SIZE, 4096);
	set_capacity(2055);
	must_open();
	ck_assert_uint_eq(dev.capacity_bytes, 2048 * 512);
}
END_TEST

START_TEST(absurd_zones_are_errors)
{
	peer.features |= BIT(6) | BIT(17);
	set32(BLK_SIZE, 4096);
	peer.config[ZONED_MODEL] = 3;
	must_fail(-EPROTO, "unknown zoned model, 3");
	for (unsigned char model = 1; model <= 2; model++) {
		peer.config[ZONED_MODEL] = model;
		set32(ZONE_SECTORS, 0);
		must_fail(-EPROTO, "zones of 0 bytes");
		set32(ZONE_SECTORS, 1025);
		must_fail(-EPROTO, "zones of 524800 bytes");
		set32(ZONE_SECTORS, 1024);
		set32(ZONE_GRANULARITY, 513);
		must_fail(-EPROTO, "write granularity 513");
		set32(ZONE_GRANULARITY, 0);
		must_open();
		ck_assert_uint_eq(dev.zoned.write_granularity_bytes, 4096);
		blk_dev_stop(&dev);
	}
	/* The zone fields of a device that is not zoned are not checked. */
	peer.config[ZONED_MODEL] = 0;
	set32(ZONE_SECTORS, 0);
	must_open();
	ck_assert_uint_eq(dev.zoned.zone_bytes, 0);
}
END_TEST

START_TEST(BLK_1_cache_mode_without_config_wce)
{
	peer.config[WCE] = peer.wce_late = 0;
	peer.features |= BIT(9);
	must_open();
	ck_assert(dev.writeback);
	blk_dev_stop(&dev);
	/* Without FLUSH and CONFIG_WCE the cache mode is write-through. */
	peer.config[WCE] = peer.wce_late = 1;
	peer.features = VERSION_1 | PROTOCOL;
	must_open();
	ck_assert(!dev.writeback);
}
END_TEST

START_TEST(BLK_2_cache_mode_is_what_it_is_after_features_ok)
{
	for (unsigned char mode = 0; mode < 2; mode++) {
		unsigned int read = 0, set = 0;

		peer.features |= BIT(9) | BIT(11);
		peer.config[WCE] = !mode;
		peer.wce_late = mode;
		must_open();
		ck_assert_int_eq(dev.writeback, mode);
		blk_dev_stop(&dev);
		join();
		for (unsigned int i = 0; i < peer.n; i++) {
			if (peer.log[i].request == VHOST_USER_GET_CONFIG)
				read = i;
			if (peer.log[i].request == VHOST_USER_GET_STATUS)
				set = i;
		}
		ck_assert_uint_gt(set, 0);
		ck_assert_uint_gt(read, set);
	}
}
END_TEST

START_TEST(BLK_3_host_managed_device_is_refused_without_zones)
{
	peer.features |= BIT(17);
	peer.config[ZONED_MODEL] = BLK_ZONE_MODEL_HOST_MANAGED;
	set32(ZONE_SECTORS, 1024);
	dev_options.forbid = BIT(17);
	must_fail(-ENOTSUP, "host-managed");
	ck_assert_ptr_null(find(VHOST_USER_SET_FEATURES));
}
END_TEST

START_TEST(BLK_3_discard_is_not_accepted_with_host_managed_zones)
{
	peer.features |= BIT(13) | BIT(17);
	set32(ZONE_SECTORS, 1024);
	for (unsigned char model = 0; model <= 2; model++) {
		bool managed = model == BLK_ZONE_MODEL_HOST_MANAGED;

		peer.config[ZONED_MODEL] = model;
		dev_options.require = 0;
		must_open();
		ck_assert_int_eq(blk_dev_has(&dev, VIRTIO_BLK_F_DISCARD), !managed);
		ck_assert(blk_dev_has(&dev, VIRTIO_BLK_F_ZONED));
		ck_assert_int_eq(dev.range[BLK_DISCARD].max_bytes != 0, !managed);
		blk_dev_stop(&dev);
		ck_assert_int_eq(!(features_set() & BIT(13)), managed);
		ck_assert(features_set() & BIT(17));
		dev_options.require = BIT(13);
		if (managed) {
			must_fail(-ENOTSUP,
				  "discard, which cannot be used on host-managed devices");
		} else {
			must_open();
			blk_dev_stop(&dev);
		}
	}
}
END_TEST

START_TEST(writeback_is_set_where_the_device_lets_the_driver)
{
	const struct record *m;

	peer.features |= BIT(9) | BIT(11);
	for (unsigned char mode = 0; mode < 2; mode++) {
		peer.config[WCE] = peer.wce_late = !mode;
		must_open();
		ck_assert_int_eq(dev.writeback, !mode);
		/* The mode is set already: no message is sent. */
		ck_assert_int_eq(blk_dev_set_writeback(&dev, !mode), 0);
		ck_assert_int_eq(blk_dev_set_writeback(&dev, mode), 0);
		ck_assert_int_eq(dev.writeback, mode);
		blk_dev_stop(&dev);
		m = find(VHOST_USER_SET_CONFIG);
		ck_assert_ptr_nonnull(m);
		ck_assert_uint_eq(get32(m->payload), WCE);
		ck_assert_uint_eq(get32(m->payload + 4), 1);
		ck_assert_uint_eq(get32(m->payload + 8), 0);
		ck_assert_uint_eq(m->payload[12], mode);
	}
	/* A device that ignores SET_CONFIG. */
	peer.keeps_wce = true;
	peer.config[WCE] = peer.wce_late = 1;
	must_open();
	ck_assert_int_eq(blk_dev_set_writeback(&dev, false), -EPROTO);
	ck_assert_ptr_nonnull(strstr(dev.error.text, "did not turn its write-back cache off"));
}
END_TEST

START_TEST(writeback_that_cannot_be_set_is_an_error)
{
	must_open();
	ck_assert_int_eq(blk_dev_set_writeback(&dev, false), 0);
	ck_assert_int_eq(blk_dev_set_writeback(&dev, true), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(
		dev.error.text, "is in write-through mode and does not let the driver change it"));
	blk_dev_stop(&dev);
	peer.features |= BIT(9);
	must_open();
	ck_assert_int_eq(blk_dev_set_writeback(&dev, true), 0);
	ck_assert_int_eq(blk_dev_set_writeback(&dev, false), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(
		dev.error.text, "is in write-back mode and does not let the driver change it"));
	blk_dev_stop(&dev);
	ck_assert_ptr_null(find(VHOST_USER_SET_CONFIG));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk-dev-config");
	TCase *tc = unit_tcase(suite, "config", setup, teardown);

	tcase_add_test(tc, CONF_2_fields_without_their_feature_are_not_read);
	tcase_add_test(tc, CONF_2_fields_with_their_feature_are_read);
	tcase_add_loop_test(tc, CONF_3_exactly_what_the_offered_features_define_is_asked_for, 0,
			    COUNT(parts));
	tcase_add_test(tc, CONF_3_larger_space_is_fine);
	tcase_add_test(tc, CONF_3_space_of_one_size_only_is_found);
	tcase_add_test(tc, CONF_3_too_small_space_for_a_field_in_use_is_an_error);
	tcase_add_test(tc, VU_9_no_answer_of_any_size_is_an_error);
	tcase_add_test(tc, CONF_absurd_values_are_errors_and_zero_limits_none);
	tcase_add_test(tc, CONF_what_does_no_harm_is_an_error_if_strict);
	tcase_add_test(tc, VU_9_answer_of_another_size_is_an_error_if_strict);
	tcase_add_test(tc, BLK_1_cache_mode_without_config_wce);
	tcase_add_test(tc, BLK_2_cache_mode_is_what_it_is_after_features_ok);
	tcase_add_test(tc, BLK_3_host_managed_device_is_refused_without_zones);
	tcase_add_test(tc, BLK_3_discard_is_not_accepted_with_host_managed_zones);
	tcase_add_test(tc, capacity_counts_in_whole_blocks);
	tcase_add_test(tc, absurd_zones_are_errors);
	tcase_add_test(tc, writeback_is_set_where_the_device_lets_the_driver);
	tcase_add_test(tc, writeback_that_cannot_be_set_is_an_error);
	return unit_main(suite);
}
