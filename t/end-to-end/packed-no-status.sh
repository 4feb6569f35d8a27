#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring: a completion without a status is an error, never a success; nor is one with nonsense.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for features in +indirect_desc -indirect_desc +in_order; do
	for rw in read write; do
		start_fake a --no-status
		run_fio --name=j --rw=$rw --bs=4k --size=64k --iodepth=4 --vblk_ring=packed \
			--vblk_features=$features --filename="$sock" --output-format=json
		[ $rc -ne 0 ] || fail "$rw: fio succeeded"
		[ "$(report '.jobs[0].error')" = 71 ] || fail "$rw: the error is not EPROTO"
		expect_line 'without writing its status' "$dir/err"
		expect_no_jobs_left
		stop_fake
	done
done
