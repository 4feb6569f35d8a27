#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A trim larger than max_discard_sectors is sent as one request with several ranges. The whole range
# reads as zero, and the data before and after it is unchanged.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for ring in packed split; do
	make_image "$dir/a.img" 2097152
	cp "$dir/a.img" "$dir/before"
	start_file_device a 2M --max-discard-sectors 24 --max-discard-seg 8
	rm -f "$dir/stats"
	# 64 KiB in ranges of 12 KiB: six ranges, the last one shorter.
	fio_ok --name=t --rw=trim --bs=64k --iodepth=4 --offset=512k --size=1M --vblk_ring=$ring \
		--vblk_stats="$dir/stats" --filename="$sock"
	expect_ring $ring
	expect_stat '.[0] | .discards == 16 and .data_descriptors == 16 and .errors == 0'
	zero_range "$img" 524288 1048576 || fail "$ring: the range does not read as zero"
	same_range "$img" "$dir/before" 0 524288 || fail "$ring: something before the range was trimmed"
	same_range "$img" "$dir/before" 1572864 524288 || fail "$ring: something after the range was trimmed"
	# Trims of odd sizes at random offsets.
	fio_ok --name=t --rw=randtrim --bsrange=512-96k --iodepth=4 --size=512k --vblk_ring=$ring \
		--vblk_features=-indirect_desc --filename="$sock"
	zero_range "$img" 0 524288 || fail "$ring: the range does not read as zero"
	same_range "$img" "$dir/before" 1572864 524288 || fail "$ring: something else was trimmed"
	stop_device
	rm "$img"
done
