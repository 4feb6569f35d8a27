#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a job process is killed with requests outstanding, its queue is disabled and never assigned
# again. The other three jobs continue and verify what they wrote, and the device is stopped
# properly, at the end of the run only.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
double_free_of_fio=expected
start_fake a --stall-request 500
start_fio --rw=randwrite --bs=4k --size=2M --offset_increment=2M --iodepth=8 --verify=crc32c --numjobs=4 \
	--output-format=json --vblk_io_timeout=60s --filename="$sock" \
	--name=first --loops=4 --name=second --stonewall
wait_until 20 has 1 '^STALL' "$log" || fail "no request reached the device"
queue=$(sed -n 's/^STALL //p' "$log")
# Queues are assigned in job order, and jobs start in this order.
wait_until 20 has_children "$fio" 4 || fail "there are no four job processes"
victim=$(children "$fio" | sed -n "$((queue + 1))p")
kill -KILL "$victim"
wait_until 20 has 1 "^SET_VRING_ENABLE $queue 0\$" "$log" || fail "queue $queue was not disabled"
finish_fio 60
expect_count 1 '^SET_VRING_ENABLE [0-9]+ 0$' "$log"
for job in "first 2048" "second 512"; do
	name=${job% *} blocks=${job#* }
	well="[.jobs[] | select(.jobname == \"$name\" and .error == 0 and .read.total_ios == $blocks)] | length"
	[ "$(report "$well")" = 3 ] || fail "not three of the jobs '$name' verified $blocks blocks each"
done
expect_count 1 "^vblk: .*job 'second' cannot use queue $queue: an earlier job was killed" "$dir/err"
sed "1,/^SET_VRING_ENABLE $queue 0\$/d" "$log" >"$dir/after"
expect_no_line "^(KICK|SET_VRING_ENABLE) $queue\\b" "$dir/after"
sed '1,/^GET_VRING_BASE/d' "$log" >"$dir/end"
[ -s "$dir/end" ] || fail "the device was not stopped"
expect_no_line '^KICK' "$dir/end"
[ "$(tail -n 1 "$log")" = DISCONNECT ] || fail "the connection was not closed properly"
stop_fake
