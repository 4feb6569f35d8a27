#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ctrl-C ends a run even if the device never completes its outstanding requests, long before
# vblk_io_timeout=.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "block 0" "spin 1" "hybrid 0"; do
	wait=${mode% *} thread=${mode#* }
	start_fake a --stall-request 10
	start_fio --name=j --rw=randread --bs=4k --iodepth=1 --thread="$thread" --vblk_wait="$wait" --vblk_io_timeout=0 \
		--filename="$sock"
	wait_until 20 has 1 '^STALL' "$log" || fail "no request was held back"
	kill -INT "$fio"
	finish_fio 20
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_one_line "job 'j': no completion for [0-9]+\\.[0-9] s with 1 requests outstanding \\(and the run was interrupted\\)"
	stop_fake
	rm -f "$log"
done
