#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that reports used lengths of 0 is counted in the statistics, and the data is still
# correct (RING-6): packed and split, direct and indirect. With vblk_strict=1 this is an error,
# except for requests that failed.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --short-used
for ring in packed split; do
	for features in +indirect_desc -indirect_desc; do
		rm -f "$dir/stats"
		fio_ok --name=j --rw=randwrite --bs=4k --size=256k --iodepth=8 --verify=crc32c \
			--vblk_ring=$ring --vblk_features=$features --vblk_stats="$dir/stats" \
			--filename="$sock"
		expect_stat '.[0] | .reads == 64 and .writes == 64 and .errors == 0'
		expect_stat '.[0] | .short_used_lengths == 128 and .long_used_lengths == 0'
		run_fio --name=j --rw=randread --bs=4k --size=256k --iodepth=8 --vblk_ring=$ring \
			--vblk_features=$features --vblk_strict=1 --filename="$sock"
		[ $rc -ne 0 ] || fail "fio succeeded"
		expect_one_line 'queue 0: device error: used length 0 of a successful request is less than its device-writable bytes \(vblk_strict\)'
	done
done
# Each job counts its own requests only, however many jobs used the queue before.
rm -f "$dir/stats"
fio_ok --filename="$sock" --rw=read --bs=4k --stonewall --vblk_stats="$dir/stats" --name=one --size=64k \
	--name=two --size=128k --thread=1 --name=three --size=64k
expect_stat 'map([.queue, .short_used_lengths]) == [[0, 16], [0, 32], [0, 16]]'
stop_fake
start_fake c --fail-request 5
rm -f "$dir/stats"
run_fio --name=j --rw=randread --bs=4k --size=256k --iodepth=8 --continue_on_error=io --vblk_strict=1 \
	--vblk_stats="$dir/stats" --filename="$sock"
expect_no_line '^vblk: .*device error' "$dir/err"
expect_stat '.[0] | .reads == 64 and .errors == 1 and .short_used_lengths == 1'
stop_fake
start_fake b
rm -f "$dir/stats"
fio_ok --name=j --rw=randwrite --bs=4k --size=256k --iodepth=8 --verify=crc32c --fsync=8 \
	--vblk_stats="$dir/stats" --filename="$sock"
expect_stat '.[0] | .flushes > 0 and .short_used_lengths == 0'
stop_fake
