#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A request that completes without a status is an error, never a success.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for ring in split packed; do
	for how in "+indirect_desc 1" "-indirect_desc 4" "+in_order 4"; do
		for rw in read write; do
			start_fake a --no-status
			run_fio --name=j --rw=$rw --bs=4k --size=64k --iodepth="${how#* }" --vblk_ring=$ring \
				--vblk_features="${how% *}" --filename="$sock" --output-format=json
			[ $rc -ne 0 ] || fail "$ring, $how, $rw: fio succeeded"
			[ "$(report '.jobs[0].error')" = 71 ] || fail "$ring, $how, $rw: the error is not EPROTO"
			expect_line 'without writing its status' "$dir/err"
			expect_no_jobs_left
			stop_fake
		done
	done
done
