#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio exits with a non-zero status if any job failed, whatever fio counts: 256 refused jobs, of
# which a parent sees only the lowest eight bits of the count, and a killed job, which fio does not
# count. The report is complete and the device is stopped.
. "${srcdir:-.}/t/end-to-end/lib.sh"

double_free_of_fio=expected
for thread in 0 1; do
	run_fio --name=refused --numjobs=256 --thread=$thread --rw=read --bs=4k --size=4k --filename="$dir/none.sock"
	[ $rc -eq 1 ] || fail "thread=$thread: 256 refused jobs: status $rc"
	expect_count 1 '^vblk:' "$dir/err"
	expect_line '^Run status' "$dir/out"
done

start_fake a
start_fio --name=job --rw=randread --bs=4k --size=1M --time_based --runtime=300 --iodepth=4 --filename="$sock"
wait_until 20 has 10 '^KICK' "$log" || fail "no request reached the device"
kill -KILL "$(children "$fio")"
finish_fio 20
[ $rc -ne 0 ] || fail "a job was killed, and fio succeeded"
expect_line '^Run status' "$dir/out"
expect_line '^SET_VRING_ENABLE 0 0$' "$log"

fio_ok --name=well --numjobs=2 --rw=read --bs=4k --size=64k --filename="$sock"
run_fio --name=two --numjobs=2 --rw=read --bs=4k --size=64k --filename="$dir/none.sock"
[ $rc -eq 2 ] || fail "fio's own count was lost: status $rc instead of 2"
stop_fake
