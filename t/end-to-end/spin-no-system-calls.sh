#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that spins makes no system calls for its requests if the device polls: 400,000 requests need
# about as many system calls as 20,000. The margin covers what fio's main process does in the
# meantime.
# sanitizers: no (it counts system calls)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "sanitizers make system calls of their own"
need strace jq
# With EVENT_IDX, a polling device gets a notification every 65536 requests.
start_device a --store null --poll --size 16M --no-event-idx
calls() {
	rm -f "$dir"/trace* "$dir/stats"
	timeout -k 5 $LIMIT strace -f -o "$dir/trace" "$FIO" --name=j --ioengine=external:"$ENGINE" --rw=randread --bs=4k \
		--size=16M --io_size=1T --number_ios="$1" --iodepth=32 --iodepth_batch=16 --norandommap --vblk_wait=spin \
		--vblk_stats="$dir/stats" --filename="$sock" >"$dir/out" 2>"$dir/err" || fail "fio failed"
	expect_stat ".[0].reads >= $1 and .[0].kicks == 0 and .[0].sleeps == 0"
	wc -l <"$dir/trace"
}
few=$(calls 20000) || exit 1
many=$(calls 400000) || exit 1
[ $((many - few)) -lt 4000 ] || fail "20,000 requests took $few system calls, 400,000 took $many"
