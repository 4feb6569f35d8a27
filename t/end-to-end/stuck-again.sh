#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a device leaves a request incomplete again in a later stage of the job file, this is reported
# again. Jobs that wait at the same time share one message.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --size 1M --queues 3 --order "drop 20 read" --order "drop 30 read" --order "drop 40 write" \
	--order "drop 41 write"
run_fio --bs=4k --size=1M --iodepth=1 --vblk_io_timeout=1s --vblk_queues=3 --filename="$sock" \
	--name=first --rw=read --vblk_queue=0 --name=second --stonewall --rw=read --vblk_queue=1
[ $rc -ne 0 ] || fail "fio succeeded"
expect_count 2 "^vblk: .*: no completion for 1\\.[0-9] s with 1 requests outstanding \\(vblk_io_timeout\\)" "$dir/err"
expect_count 2 '^vblk:' "$dir/err"
for job in first second; do
	expect_count 1 "^vblk: .*: job '$job': no completion" "$dir/err"
	expect_count 1 "^vblk: .*: job '$job' has waited for" "$dir/out"
done
run_fio --bs=4k --size=1M --iodepth=1 --vblk_io_timeout=2s --filename="$sock" --numjobs=2 --name=both --rw=write
[ $rc -ne 0 ] || fail "fio succeeded"
expect_count 1 '^vblk: .*no completion for 2\.[0-9] s' "$dir/err"
expect_count 1 '^vblk: .*has waited for' "$dir/out"
kill -KILL "$device"
