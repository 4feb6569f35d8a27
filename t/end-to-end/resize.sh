#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the device shrinks during a run, and so fails requests beyond its new end, this is reported
# once, however many jobs are affected. A device that grows and then fails a request is reported
# too. If the size is unchanged, or the device is gone, nothing is reported.
. "${srcdir:-.}/t/end-to-end/lib.sh"

# run ORDER OPTION...: run jobs, and give the device the order while they run.
run() {
	start_device a --orders "$dir/orders" --size 16M --queues 2
	given=$1
	shift
	start_fio --name=j --bs=4k --size=16M --time_based --runtime=30 --rate_iops=500 --iodepth=4 --filename="$sock" "$@"
	wait_until 10 has_children "$fio" 1 || fail "no job runs"
	order "$given"
	[ "$given" = "capacity 8388608" ] || [ "$given" = "die 1" ] || order fail 1
	finish_fio 25
	[ $rc -ne 0 ] || fail "fio succeeded"
}

for rw in randread randwrite randtrim; do
	run "capacity 8388608" --rw=$rw --numjobs=2
	expect_one_line '/a.sock: capacity is now 8388608 bytes; it was 16777216 when the run began; requests beyond the end of the device fail$'
	stop_device
done
run "capacity 33554432" --rw=randread
expect_one_line '/a.sock: capacity is now 33554432 bytes; it was 16777216 when the run began$'
stop_device
run "delay=1 1" --rw=randread
expect_no_line 'the device has' "$dir/err"
stop_device
# The driver does not ask a back-end that is gone for its size.
run "die 1" --rw=randread
expect_one_line 'back-end closed the connection'
# A back-end that has stopped answering delays the end of the run only by vblk_timeout.
start_fake b --fail-request 5 --stall-at GET_CONFIG:3
LIMIT=15 run_fio --name=j --rw=randread --bs=4k --size=1M --vblk_timeout=1s --filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_one_line '/b.sock: the device was not stopped cleanly: no answer to '
expect_count 3 '^GET_CONFIG' "$log"
