#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a back-end does not come back within vblk_reconnect=, the jobs end with one error message.
# Ctrl-C ends the jobs while they wait, in every vblk_wait mode.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "spin 0" "block 1" "hybrid 0"; do
	start_fake a --queues 2 --log-requests
	run="--rw=randread --bs=4k --size=1M --time_based --iodepth=8 --vblk_wait=${mode% *} --thread=${mode#* }"
	for end in reconnect interrupt; do
		seconds=300s
		[ $end = reconnect ] && seconds=1500ms
		# shellcheck disable=SC2086
		start_fio $run --runtime=300 --filename="$sock" --vblk_reconnect=$seconds --name=a --name=b
		wait_until 30 has 100 '^REQUEST' "$log" || fail "$mode: no request reached the device"
		kill -KILL "$fake"
		wait "$fake" 2>/dev/null
		rm -f "$log"
		sleep 0.3
		[ $end = interrupt ] && kill -INT "$fio"
		finish_fio 30
		if [ $end = reconnect ]; then
			[ $rc -ne 0 ] || fail "$mode: fio succeeded"
			expect_one_line "$sock: back-end closed the connection and was not back within 1500 ms \
\\(vblk_reconnect\\): .* with [0-9]+ requests in flight"
		else
			expect_one_line "$sock: job '[ab]' ends while the back-end is away, with [0-9]+ requests unanswered"
		fi
		rm -f "$sock"
		start_fake a --queues 2 --log-requests
	done
	stop_fake
	rm -f "$sock" "$log"
done
