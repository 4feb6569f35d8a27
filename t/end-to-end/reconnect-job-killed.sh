#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The queue of a killed job stays unused when the back-end comes back. The new instance sees it as
# empty, and the other jobs continue and verify.
. "${srcdir:-.}/t/end-to-end/lib.sh"

moves() {
	now=$(stat -c %Y.%y "$dir/a.img")
	[ "$now" != "$before" ]
}
for ring in split packed; do
	start_file_device a 32M --queues 2
	start_fio --rw=randrw --bs=4k --size=8M --time_based --runtime=300 --iodepth=32 --verify=crc32c \
		--verify_backlog=512 --vblk_reconnect=60s --vblk_ring=$ring --filename="$sock" \
		--name=a --name=b --offset=16M
	wait_until 30 has_children "$fio" 2 || fail "$ring: the jobs did not start"
	before=$(stat -c %Y.%y "$img")
	wait_until 30 moves || fail "$ring: the jobs do not write"
	kill -KILL "$(children "$fio" | head -n 1)"
	sleep 0.5
	kill -KILL "$device"
	wait "$device" 2>/dev/null
	! grep -q 'driver broke' "$sock.said" || fail "$ring: $(cat "$sock.said")"
	rm -f "$sock"
	start_file_device a 32M --queues 2
	wait_until 30 has 1 'is back after' "$dir/out" || fail "$ring: the back-end did not come back for the other job"
	before=$(stat -c %Y.%y "$img")
	wait_until 30 moves || fail "$ring: the other job does not write any more"
	kill -INT "$fio"
	wait_until 30 gone "$fio" || fail "$ring: fio does not end"
	wait "$fio" 2>/dev/null
	expect_no_line 'verify:|bad magic' "$dir/err"
	stop_device
	rm -f "$dir/a.img"
done
