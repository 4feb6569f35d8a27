#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Time in which fio and its jobs do not run (they are stopped here, but a frozen cgroup or a paused
# machine has the same effect) does not count towards vblk_io_timeout, vblk_timeout or
# vblk_reconnect. All three are tested at the same time.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

# begin NAME OPTION...: start fio on $sock. Sets ${NAME}_fio, the process.
begin() {
	name=$1
	shift
	"$FIO" --ioengine="external:$ENGINE" --aux-path="$dir/" --filename="$sock" --bs=4k --name="$name" "$@" \
		>"$dir/$name.log" 2>&1 </dev/null &
	eval "${name}_fio=\$!"
}

start_device a --size 1M --order "delay=5500 20 read"
begin request --rw=read --size=1M --vblk_io_timeout=4s

start_fake b
silent=$fake
kill -STOP "$silent"
begin message --rw=read --size=1M --vblk_timeout=3s

start_fake c
begin away --rw=randread --size=1M --time_based --runtime=1 --vblk_reconnect=3s
wait_until 20 has 5 '^KICK' "$log" || fail "no request reached the device"
kill -KILL "$fake"
wait "$fake" 2>/dev/null
rm -f "$sock"

# shellcheck disable=SC2154
wait_until 20 has_children "$request_fio" 1 || fail "the job does not start"
sleep 0.7
# shellcheck disable=SC2154
fios="$request_fio $message_fio $away_fio"
for pid in $fios; do
	stopped="${stopped-} $pid $(children "$pid" | tr '\n' ' ')"
done
# shellcheck disable=SC2086
kill -STOP $stopped
sleep 4
# shellcheck disable=SC2086
kill -CONT $stopped
sleep 0.3
kill -CONT "$silent"
start_fake c
for pid in $fios; do
	wait_until 20 gone "$pid" || fail "a run of fio did not end"
	wait "$pid" || fail "a run of fio failed"
done
expect_no_line 'has waited for' "$dir/request.log"
expect_line 'back-end is back after [4-9]' "$dir/away.log"
