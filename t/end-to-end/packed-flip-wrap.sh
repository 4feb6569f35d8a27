#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# On a packed ring, descriptors with the wrong wrap counter are not used descriptors. The job ends
# by vblk_io_timeout=, or with a device error, within seconds.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "spin 0 +" "block 0 -"; do
	# shellcheck disable=SC2086
	set -- $mode
	start_fake a --flip-wrap=5
	run_fio --name=j --rw=randread --bs=4k --size=256k --iodepth=4 --vblk_ring=packed \
		--vblk_wait="$1" --thread="$2" --vblk_features="$3indirect_desc" --vblk_io_timeout=1s \
		--filename="$sock"
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_one_line '/a.sock: .*(vblk_io_timeout|device error)'
	expect_no_jobs_left
	kill -TERM "$fake"
	wait "$fake" || true
done
