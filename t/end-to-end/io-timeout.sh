#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_io_timeout=: a request that never completes ends the job with ETIMEDOUT and one message, in
# every vblk_wait mode.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "spin 0" "block 0" "hybrid 1"; do
	start_fake a --stall-request 20
	run_fio --name=j --rw=randread --bs=4k --iodepth=1 --vblk_wait="${mode% *}" --thread="${mode#* }" \
		--vblk_io_timeout=1s --filename="$sock" --output-format=json
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	[ "$(report '.jobs[0].error')" = 110 ] || fail "$mode: the error is not ETIMEDOUT"
	expect_count 1 "^vblk: .*job 'j': no completion for .* 1 requests? outstanding" "$dir/err"
	stop_fake
done
