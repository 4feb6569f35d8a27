#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A used length larger than the device-writable part of the request is counted, reported once per
# device, and otherwise ignored, as Linux does: the data is correct. With vblk_strict=1 the queue
# fails with one error message. There is no hang, no crash and no wrong data.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
# with_fault COMMAND OPTION...: run fio by COMMAND against a device that reports one used length
# that is too large.
with_fault() {
	start_fake a --len-too-large=5
	rm -f "$dir/stats"
	command=$1
	shift
	$command --name=j --bs=4k --size=256k --iodepth=4 --vblk_io_timeout=20s --vblk_stats="$dir/stats" --filename="$sock" "$@"
	expect_ring "$ring"
	expect_stat '.[0] | .long_used_lengths == 1 and .short_used_lengths == 0'
	expect_no_jobs_left
	stop_fake
}

for ring in split packed; do
	for mode in "spin 0 +" "block 0 +" "block 0 -" "hybrid 1 +"; do
		# shellcheck disable=SC2086
		set -- $mode
		set -- --vblk_ring=$ring --vblk_wait="$1" --thread="$2" --vblk_features="$3indirect_desc"
		for rw in "randwrite --verify=crc32c" randread; do
			# shellcheck disable=SC2086
			with_fault fio_ok "$@" --rw=$rw
			expect_stat '.[0].errors == 0'
			expect_count 1 "^vblk: $sock: job 'j': device reported 1 used lengths larger than the device-writable bytes of the request; the engine ignores them, as Linux does \(vblk_strict=1 makes them an error\)" "$dir/out"
		done
		with_fault run_fio "$@" --rw=randread --vblk_strict=1
		[ $rc -ne 0 ] || fail "$ring, $mode: fio succeeded"
		expect_one_line '/a.sock: queue 0: device error: used length 8193 is more than the request.s device-writable bytes \(vblk_strict\); '
	done
done
