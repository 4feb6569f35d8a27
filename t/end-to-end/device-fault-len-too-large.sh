#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A used length larger than what the device may write is counted, told of once a device, and gone past, as Linux does: the data
# is right. With vblk_strict=1 the queue is given up with one line and an error; no hang, no crash, no wrong data.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for mode in "spin 0" "block 0" "hybrid 1"; do
	start_fake a --len-too-large=5
	rm -f "$dir/stats"
	fio_ok --name=j --vblk_ring=split --rw=randwrite --verify=crc32c --bs=4k --size=1M --iodepth=4 \
		--vblk_wait="${mode% *}" --thread="${mode#* }" --vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .long_used_lengths == 1 and .short_used_lengths == 0 and .errors == 0'
	expect_count 1 "^vblk: $sock: job 'j': device reported 1 used lengths above what the requests had room for; they are ignored, as Linux does \(vblk_strict=1 makes them an error\)" "$dir/out"
	stop_fake
	start_fake a --len-too-large=5
	rm -f "$dir/stats"
	run_fio --name=j --vblk_ring=split --rw=randread --bs=4k --size=1M --iodepth=4 --vblk_wait="${mode% *}" --thread="${mode#* }" \
		--vblk_strict=1 --vblk_io_timeout=20s --vblk_stats="$dir/stats" --filename="$sock"
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_one_line '/a.sock: queue 0: device error: used length 8193 is more than the request has room for \(vblk_strict\); '
	expect_stat '.[0].long_used_lengths == 1'
	expect_no_jobs_left
	stop_fake
done
