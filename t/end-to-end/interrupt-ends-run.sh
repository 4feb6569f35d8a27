#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ctrl-C ends a run promptly in every vblk_wait mode. fio prints its report, and the device is
# stopped properly.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

for wait in spin block hybrid; do
	for thread in 0 1; do
		start_fake a
		start_fio --name=j --rw=randread --bs=4k --iodepth=8 --time_based --runtime=300 --thread=$thread \
			--vblk_wait=$wait --filename="$sock"
		wait_until 20 has 20 '^KICK' "$log" || fail "no request reached the device"
		kill -INT "$fio"
		finish_fio 10
		expect_line 'READ: ' "$dir/out"
		expect_no_line '^vblk:' "$dir/err"
		expect_line '^GET_VRING_BASE 0' "$log"
		stop_fake
		rm -f "$log"
	done
done
