#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_reconnect=, the flush of fsync_on_close=1 is sent again when the back-end is back, and
# the job succeeds.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "--vblk_wait=block" "--vblk_inflight=1 --thread=1"; do
	start_file_device a 1M --orders "$dir/orders" --inflight
	ln -sf a.sock "$dir/other.sock"
	order die 1 flush
	# shellcheck disable=SC2086
	start_fio --name=j --rw=write --bs=4k --size=64k --fsync_on_close=1 --openfiles=1 --iodepth=4 $how \
		--file_service_type=sequential --filename="$sock:$dir/other.sock" --vblk_reconnect=30s \
		--vblk_stats="$dir/stats"
	wait_until 20 gone "$device" || fail "$how: the device got no flush"
	wait "$device" 2>/dev/null
	rm -f "$sock"
	start_file_device a 1M --orders "$dir/orders" --inflight
	finish_fio 30
	[ $rc -eq 0 ] || fail "$how: fio ended with status $rc"
	expect_stat 'last | .reconnects == 1 and .errors == 0 and .zone_commands == 0 and .flushes >= 3 and .writes == 16'
	stop_device
	rm -f "$sock"
done
