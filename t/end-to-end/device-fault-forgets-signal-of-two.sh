#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a job has two devices and one of them omits a notification, the message names that device and
# not simply the job's first one.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake good
good=$sock good_pid=$fake
for n in 100 120 140 160 180 200; do
	start_fake bad --forget-signal $n
	fio_ok --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=2M --iodepth=1 --vblk_wait=block \
		--filename="$good:$sock"
	stop_fake
	grep -q '^FORGET' "$log" || continue
	expect_line "^vblk: $sock: job 'j': device completed [0-9]+ requests without a notification" "$dir/out"
	expect_no_line "^vblk: $good: job 'j': device completed [0-9]+ requests without a notification" "$dir/out"
	stop_fake "$good_pid"
	exit 0
done
fail "the device never had a notification to omit"
