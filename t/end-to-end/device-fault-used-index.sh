#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the used index goes back, or jumps further than the ring size, the queue fails with one error
# message. There is no hang, no crash and no wrong data. A driver that reads the index just before
# the fault, and again only after the next completion, never sees the invalid value. At least one of
# three runs must see it.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for fault in used-back used-jump; do
	seen=0
	for thread in 0 1 0; do
		start_fake a --$fault=5
		run_fio --name=j --rw=randread --bs=4k --size=1M --vblk_ring=split --vblk_wait=block --thread=$thread \
			--vblk_io_timeout=20s --filename="$sock"
		if [ $rc -ne 0 ]; then
			seen=1
			expect_one_line '/a.sock: queue 0: device error: '
		fi
		expect_no_jobs_left
		stop_fake
	done
	[ $seen = 1 ] || fail "--$fault was never seen"
done
