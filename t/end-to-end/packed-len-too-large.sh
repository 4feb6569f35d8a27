#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring: a used length beyond what the device may write is counted and gone past. With
# vblk_strict=1 the queue is given up with one line and an error; no hang.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for mode in "spin 0 +" "block 0 -" "hybrid 1 +"; do
	# shellcheck disable=SC2086
	set -- $mode
	for strict in 0 1; do
		start_fake a --len-too-large=5
		rm -f "$dir/stats"
		run_fio --name=j --rw=randread --bs=4k --size=256k --iodepth=4 --vblk_ring=packed \
			--vblk_wait="$1" --thread="$2" --vblk_features="$3indirect_desc" --vblk_io_timeout=5s \
			--vblk_strict=$strict --vblk_stats="$dir/stats" --filename="$sock"
		expect_ring packed
		expect_stat '.[0].long_used_lengths == 1'
		if [ $strict = 1 ]; then
			[ $rc -ne 0 ] || fail "$mode: fio succeeded"
			expect_one_line '/a.sock: queue 0: device error: .*8193'
		else
			[ $rc -eq 0 ] || fail "$mode: fio ended with status $rc"
			expect_stat '.[0].errors == 0'
		fi
		expect_no_jobs_left
		stop_fake
	done
done
