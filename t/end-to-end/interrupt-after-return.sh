#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a run is interrupted after the back-end came back, a job that has not seen the return yet
# completes its requests instead of giving them up. strace delays this job just after it has woken
# the keeper to report that its queue is ready.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need strace
start_qsd a size=64M
start_fio --rw=randread --bs=4k --size=16M --time_based --runtime=300 --iodepth=16 --filename="$sock" \
	--vblk_reconnect=60s --name=held --name=free
wait_until 20 has_children "$fio" 2 || fail "the jobs do not start"
held=$(children "$fio" | head -n 1)
sleep 0.5
kill -STOP "$held"
strace -p "$held" -o "$dir/trace" -e trace=write -e inject=write:delay_exit=3000000 2>"$dir/strace" &
strace=$!
wait_until 20 grep -q attached "$dir/strace" || skip "a process cannot be traced here"
kill -KILL "$qsd"
wait "$qsd" 2>/dev/null
rm -f "$sock"
start_qsd a size=64M
kill -CONT "$held"
wait_until 20 grep -q "job 'free': back-end is back" "$dir/out" || fail "the back-end is not back"
kill -INT "$fio"
wait_until 20 grep -q 'terminating on signal' "$dir/out" "$dir/err" || fail "fio does not end"
kill -TERM "$strace"
wait "$strace" 2>/dev/null
finish_fio 30
expect_no_line 'error=|while the back-end is away' "$dir/err"
expect_line "err= 0" "$dir/out"
expect_no_line 'err= *[1-9]' "$dir/out"
