#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job process that is killed with requests outstanding loses its queue, which is disabled; the other three go on and the
# device is stopped in order.
. "${srcdir:-.}/t/lib.sh"

need jq
double_free_of_fio=expected
start_fake a --stall-request 500
start_fio --name=j --numjobs=4 --rw=randread --bs=4k --iodepth=8 --time_based --runtime=3 --output-format=json \
	--vblk_io_timeout=60s --filename="$sock"
wait_until 20 has 1 '^STALL' "$log" || fail "no request reached the device"
queue=$(sed -n 's/^STALL //p' "$log")
# Jobs are dealt queues in order, and are started in order.
wait_until 20 has_children "$fio" 4 || fail "there are no four job processes"
victim=$(children "$fio" | sed -n "$((queue + 1))p")
kill -KILL "$victim"
wait_until 20 has 1 "^SET_VRING_ENABLE $queue 0\$" "$log" || fail "queue $queue was not disabled"
finish_fio 30
expect_count 1 '^SET_VRING_ENABLE [0-9]+ 0$' "$log"
[ "$(report '[.jobs[] | select(.error == 0 and .read.total_ios > 0)] | length')" -ge 3 ] ||
	fail "the other jobs did not end well"
expect_line '^GET_VRING_BASE' "$log"
[ "$(tail -n 1 "$log")" = DISCONNECT ] || fail "the device was not left in order"
stop_fake
