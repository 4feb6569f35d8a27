#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ctrl-C ends a job that waits for a stuck device, or for a back-end that is away, after runtime=
# has expired. fio does not pass the interrupt on to the engine then, because it knows that the job
# is about to end.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "block 0" "spin 1"; do
	wait=${mode% *} thread=${mode#* }
	start_fake a --stall-request 10
	start_fio --name=j --rw=randread --bs=4k --iodepth=2 --thread="$thread" --vblk_wait="$wait" --vblk_io_timeout=0 \
		--time_based --runtime=1 --filename="$sock"
	wait_until 20 has 1 '^STALL' "$log" || fail "no request was held back"
	sleep 1.5
	kill -INT "$fio"
	finish_fio 20
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_one_line "job 'j': no completion for [0-9]+\\.[0-9] s with [12] requests outstanding \\(and the run was interrupted\\)"
	stop_fake
	rm -f "$log"

	start_fake a --log-requests
	start_fio --name=j --rw=randread --bs=4k --iodepth=2 --thread="$thread" --vblk_wait="$wait" --vblk_reconnect=300s \
		--time_based --runtime=2 --filename="$sock"
	wait_until 20 has 10 '^REQUEST' "$log" || fail "no request reached the device"
	kill -KILL "$fake"
	wait "$fake" 2>/dev/null
	sleep 2
	alive "$fio" || fail "$mode: the job did not wait for its device"
	kill -INT "$fio"
	finish_fio 10
	expect_one_line "job 'j' ends while the back-end is away, with [0-9] requests unanswered"
	rm -f "$log" "$sock"
done
