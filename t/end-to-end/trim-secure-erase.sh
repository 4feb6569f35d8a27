#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_trim=secure_erase erases the range and keeps the data before and after it. A job whose trims
# are not aligned to the device's erase unit is refused before it starts.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
job="--name=t --rw=trim --iodepth=4 --vblk_trim=secure_erase"
for ring in split packed; do
	make_image "$dir/a.img" 4194304
	cp "$dir/a.img" "$dir/before"
	rm -f "$dir/stats"
	start_file_device a 4M --secure-erase --secure-erase-alignment 64 --max-secure-erase-sectors 100 \
		--max-secure-erase-seg 2
	# 128 KiB in segments of at most 32 KiB: four segments, two requests.
	# shellcheck disable=SC2086
	fio_ok $job --bs=128k --offset=1M --size=2M --vblk_ring=$ring --vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .secure_erases == 32 and .discards == 0 and .split_trims == 16'
	zero_range "$img" 1048576 2097152 || fail "$ring: the range is not erased"
	same_range "$img" "$dir/before" 0 1048576 || fail "$ring: something before the range was erased"
	same_range "$img" "$dir/before" 3145728 1048576 || fail "$ring: something after the range was erased"
	# shellcheck disable=SC2086
	fio_fails "$sock: job 't' has bs=4096, but the device erases in units of 32768 bytes" $job --bs=4k \
		--size=1M --vblk_ring=$ring --filename="$sock"
	# shellcheck disable=SC2086
	fio_fails "$sock: job 't' has offset=4096, but the device erases in units of 32768 bytes" $job --bs=32k \
		--offset=4k --size=1M --vblk_ring=$ring --filename="$sock"
	stop_device
	rm -f "$img"
done
