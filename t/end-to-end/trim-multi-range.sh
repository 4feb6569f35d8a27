#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio's trims of several ranges (num_range=, since fio 3.37) are sent as one request with several
# segments, or as several requests if the device limits the number of segments. All ranges are
# trimmed, and nothing else.
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
"$FIO" --cmdhelp=num_range 2>/dev/null | grep -q num_range || skip "this fio's trims have one range"
for ring in split packed; do
	make_image "$dir/a.img" 8388608
	cp "$dir/a.img" "$dir/before"
	rm -f "$dir/stats"
	start_file_device a 8M --max-discard-seg 16
	fio_ok --name=t --rw=trim --bs=64k --num_range=8 --iodepth=4 --offset=2M --size=4M --vblk_ring=$ring \
		--vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .discards == 8 and .split_trims == 0'
	zero_range "$img" 2097152 4194304 || fail "$ring: the range does not read as zero"
	same_range "$img" "$dir/before" 0 2097152 || fail "$ring: something before the range was trimmed"
	same_range "$img" "$dir/before" 6291456 2097152 || fail "$ring: something after the range was trimmed"
	# Random offsets, and more ranges than one request may have.
	rm -f "$dir/stats"
	fio_ok --name=t --rw=randtrim --bs=4k --num_range=64 --iodepth=4 --size=1M --vblk_ring=$ring \
		--vblk_trim=write_zeroes --vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .write_zeroes == 4 and .split_trims == 0'
	zero_range "$img" 0 1048576 || fail "$ring: not all random ranges were zeroed"
	rm -f "$dir/stats"
	fio_ok --name=t --rw=randtrim --bs=4k --num_range=64 --iodepth=4 --size=2M --vblk_ring=$ring \
		--vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .discards == 32 and .split_trims == 8'
	zero_range "$img" 0 2097152 || fail "$ring: not all random ranges were trimmed"
	stop_device
	rm -f "$img"
done
start_qsd q
fio_ok --name=t --rw=randtrim --bs=4k --num_range=32 --iodepth=4 --size=2M --filename="$sock"
