#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that is killed under load soon ends the run with an error and one message that names
# the reason and the number of requests in flight, in every vblk_wait mode, for processes and
# threads.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "spin 0" "block 0" "hybrid 0" "spin 1" "block 1" "hybrid 1"; do
	wait=${mode% *} thread=${mode#* }
	rm -f "$dir/a.img" "$dir/a.sock"
	start_qsd a
	start_fio --name=j --rw=randwrite --bs=4k --iodepth=16 --numjobs=2 --time_based --runtime=300 --thread="$thread" \
		--vblk_wait="$wait" --filename="$sock"
	wait_until 20 written "$img" || fail "no request reached the device"
	kill -KILL "$qsd"
	finish_fio 30
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	[ $rc -lt 126 ] || fail "$mode: fio crashed with status $rc"
	expect_one_line "/a.sock: .*closed the connection, with [0-9]+ requests in flight"
done
