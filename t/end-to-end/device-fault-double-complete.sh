#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A request completed twice: the queue is given up with one line and an error; no hang, no crash, no wrong data.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "spin 0" "block 0" "hybrid 1"; do
	start_fake a --double-complete=5
	run_fio --name=j --rw=randread --bs=4k --size=1M --vblk_ring=split --iodepth=4 --vblk_wait="${mode% *}" --thread="${mode#* }" \
		--vblk_io_timeout=20s --filename="$sock"
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_one_line '/a.sock: queue 0: device error: '
	expect_no_jobs_left
	stop_fake
done
