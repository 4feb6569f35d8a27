// SPDX-License-Identifier: GPL-2.0-only
/* Splitting ranges into the segments of discard, write zeroes and secure erase (REQ-5). */
#include "t/unit/unit.h"
#include "vhost/blk/blk_range.h"

#define SECTOR BLK_SECTOR_BYTES

/* Result of splitting one range. */
struct cut {
	uint64_t pieces;
	uint64_t covered; /* total bytes of the pieces */
	bool within;	  /* no piece is empty or larger than allowed */
	bool aligned;	  /* all ends but the last are aligned as the device prefers */
};

static struct cut cut_up(const struct blk_range_limits *limits, uint64_t offset, uint64_t bytes)
{
	struct cut cut = { .within = true, .aligned = true };

	while (bytes && cut.within) {
		uint64_t piece = blk_range_piece(limits, offset, bytes);

		/* Stop at an invalid piece: the loop might not end, or exceed the range. */
		cut.within = piece && piece <= bytes && piece <= limits->max_bytes;
		offset += piece;
		bytes -= piece;
		cut.covered += piece;
		cut.pieces++;
		if (bytes && offset % limits->split_bytes)
			cut.aligned = false;
	}
	return cut;
}

START_TEST(what_fits_is_one_piece)
{
	const struct blk_range_limits limits = { .max_bytes = 8 * SECTOR,
						 .max_segments = 1,
						 .split_bytes = 4 * SECTOR };

	for (uint64_t bytes = SECTOR; bytes <= 8 * SECTOR; bytes += SECTOR) {
		for (uint64_t offset = 0; offset < 8 * SECTOR; offset += SECTOR)
			ck_assert_uint_eq(blk_range_piece(&limits, offset, bytes), bytes);
		ck_assert_uint_eq(blk_range_pieces(&limits, bytes), 1);
	}
}
END_TEST

START_TEST(what_does_not_is_split_at_aligned_places)
{
	const struct blk_range_limits limits = { .max_bytes = 10 * SECTOR,
						 .max_segments = 1,
						 .split_bytes = 4 * SECTOR };

	ck_assert_uint_eq(blk_range_piece(&limits, 0, 100 * SECTOR), 8 * SECTOR);
	ck_assert_uint_eq(blk_range_piece(&limits, SECTOR, 100 * SECTOR), 7 * SECTOR);
	ck_assert_uint_eq(blk_range_piece(&limits, 2 * SECTOR, 100 * SECTOR), 10 * SECTOR);
	ck_assert_uint_eq(blk_range_piece(&limits, 3 * SECTOR, 11 * SECTOR), 9 * SECTOR);
}
END_TEST

START_TEST(where_no_aligned_place_is_in_reach_pieces_are_as_large_as_can_be)
{
	const struct blk_range_limits limits = { .max_bytes = 4 * SECTOR,
						 .max_segments = 1,
						 .split_bytes = 16 * SECTOR };

	ck_assert_uint_eq(blk_range_piece(&limits, SECTOR, 100 * SECTOR), 4 * SECTOR);
	ck_assert_uint_eq(blk_range_piece(&limits, 14 * SECTOR, 100 * SECTOR), 2 * SECTOR);
}
END_TEST

/* Try every combination of small limits, alignments, offsets and lengths, in sectors. */
START_TEST(a_range_is_covered_once_within_the_bound)
{
	for (uint64_t max = 1; max <= 12; max++) {
		for (uint64_t align = 1; align <= 14; align++) {
			const struct blk_range_limits limits = { .max_bytes = max * SECTOR,
								 .max_segments = 1,
								 .split_bytes = align * SECTOR };

			for (uint64_t bytes = 1; bytes <= 40; bytes++) {
				uint64_t bound = blk_range_pieces(&limits, bytes * SECTOR);

				for (uint64_t offset = 0; offset < align; offset++) {
					struct cut cut =
						cut_up(&limits, offset * SECTOR, bytes * SECTOR);

					CHECK(cut.within);
					CHECK_EQ(cut.covered, bytes * SECTOR);
					if (align <= max)
						CHECK(cut.aligned);
					if (cut.pieces > bound)
						ck_abort_msg(
							"%llu sectors at %llu, at most %llu, aligned to %llu: %llu pieces, where %llu were foretold",
							(unsigned long long)bytes,
							(unsigned long long)offset,
							(unsigned long long)max,
							(unsigned long long)align,
							(unsigned long long)cut.pieces,
							(unsigned long long)bound);
				}
			}
		}
	}
}
END_TEST

START_TEST(the_largest_limits_do_not_overflow)
{
	const struct blk_range_limits limits = { .max_bytes = (uint64_t)UINT32_MAX * SECTOR,
						 .max_segments = 1,
						 .split_bytes = (uint64_t)UINT32_MAX * SECTOR };
	uint64_t bytes = INT64_MAX & ~(uint64_t)(SECTOR - 1);
	struct cut cut = cut_up(&limits, SECTOR, bytes - SECTOR);

	CHECK(cut.within);
	CHECK_EQ(cut.covered, bytes - SECTOR);
	CHECK(cut.pieces <= blk_range_pieces(&limits, bytes - SECTOR));
}
END_TEST

START_TEST(a_segment_is_little_endian_sectors)
{
	static const unsigned char expected[16] = { 0x02, 0x01, 0, 0, 0, 0, 0, 0,
						    0x04, 0x03, 0, 0, 1, 0, 0, 0 };
	struct virtio_blk_discard_write_zeroes segment;

	blk_range_put(&segment, 0x102 * SECTOR, 0x304 * SECTOR, true);
	ck_assert_mem_eq(&segment, expected, sizeof(expected));
	blk_range_put(&segment, 0, 0xffffffffull * SECTOR, false);
	ck_assert_uint_eq(le32toh(segment.num_sectors), 0xffffffff);
	ck_assert_uint_eq(segment.flags, 0);
}
END_TEST

START_TEST(each_kind_has_its_name_feature_and_type)
{
	static const struct {
		const char *name;
		unsigned int feature;
		uint32_t type;
	} kinds[BLK_RANGE_KINDS] = {
		[BLK_DISCARD] = { "discard", 13, 11 },
		[BLK_WRITE_ZEROES] = { "write_zeroes", 14, 13 },
		[BLK_SECURE_ERASE] = { "secure_erase", 16, 14 },
	};

	for (enum blk_range_kind kind = 0; kind < BLK_RANGE_KINDS; kind++) {
		ck_assert_str_eq(blk_range_name(kind), kinds[kind].name);
		ck_assert_uint_eq(blk_range_feature(kind), kinds[kind].feature);
		ck_assert_uint_eq(blk_range_type(kind), kinds[kind].type);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk-range");
	TCase *tc = unit_tcase(suite, "range", NULL, NULL);

	tcase_add_test(tc, what_fits_is_one_piece);
	tcase_add_test(tc, what_does_not_is_split_at_aligned_places);
	tcase_add_test(tc, where_no_aligned_place_is_in_reach_pieces_are_as_large_as_can_be);
	tcase_add_test(tc, a_range_is_covered_once_within_the_bound);
	tcase_add_test(tc, the_largest_limits_do_not_overflow);
	tcase_add_test(tc, a_segment_is_little_endian_sectors);
	tcase_add_test(tc, each_kind_has_its_name_feature_and_type);
	return unit_main(suite);
}
