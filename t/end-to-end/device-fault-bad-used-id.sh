#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the device returns a used id that no request has, the queue fails with one error message. There
# is no hang, no crash and no wrong data.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for ring in split packed; do
	case $ring in
	split) id=3735879680 ;;
	packed) id=65534 ;;
	esac
	for mode in "spin 0 +" "block 0 +" "block 0 -" "hybrid 1 +"; do
		# shellcheck disable=SC2086
		set -- $mode
		start_fake a --bad-used-id=5
		run_fio --name=j --rw=randread --bs=4k --size=1M --iodepth=4 --vblk_ring=$ring --vblk_wait="$1" --thread="$2" \
			--vblk_features="$3indirect_desc" --vblk_io_timeout=20s --filename="$sock"
		[ $rc -ne 0 ] || fail "$ring, $mode: fio succeeded"
		expect_ring $ring
		expect_one_line "/a.sock: queue 0: device error: .*$id"
		expect_no_jobs_left
		stop_fake
	done
done
