#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# At the end, every ring is stopped with GET_VRING_BASE, then the status is reset, and only then the
# connection is closed. The back-end can serve the next driver.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in --thread=0 --thread=1 "--numjobs=2 --stonewall"; do
	start_fake a
	# shellcheck disable=SC2086
	fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --vblk_queues=3 $mode --filename="$sock"
	wait_until 5 has 1 '^DISCONNECT' "$log" || fail "the connection was left open"
	sed -n '/^KICK/d; /^GET_VRING_BASE/,$p' "$log" | tr '\n' ' ' >"$dir/end"
	[ "$(cat "$dir/end")" = "GET_VRING_BASE 0 GET_VRING_BASE 1 GET_VRING_BASE 2 SET_STATUS 0x0 DISCONNECT " ] ||
		fail "$mode: the log ends with: $(cat "$dir/end")"
	expect_backend_free
	stop_fake
	rm -f "$log"
done
