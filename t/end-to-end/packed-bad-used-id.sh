#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring: a completion with an id that no request has. The queue is given up with one line and
# an error; no hang.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "spin 0 +" "block 0 -" "hybrid 1 +"; do
	# shellcheck disable=SC2086
	set -- $mode
	start_fake a --bad-used-id=5
	run_fio --name=j --rw=randread --bs=4k --size=256k --iodepth=4 --vblk_ring=packed \
		--vblk_wait="$1" --thread="$2" --vblk_features="$3indirect_desc" --vblk_io_timeout=5s \
		--filename="$sock"
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_ring packed
	expect_one_line '/a.sock: queue 0: device error: .*65534'
	expect_no_jobs_left
	stop_fake
done
