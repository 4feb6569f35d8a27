#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end with packed rings that is killed under load soon ends the run with an error and one
# message that names the reason and the number of requests in flight, in every vblk_wait mode, with
# direct and indirect descriptors.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for mode in "spin 0 -" "block 0 +" "hybrid 0 -" "block 1 -" "spin 1 +"; do
	# shellcheck disable=SC2086
	set -- $mode
	start_file_device a 4M --queues 2
	start_fio --name=j --rw=randwrite --bs=4k --iodepth=16 --numjobs=2 --time_based --runtime=300 \
		--vblk_ring=packed --vblk_wait="$1" --thread="$2" --vblk_features="$3indirect_desc" \
		--filename="$sock"
	wait_until 20 written "$img" || fail "no request reached the device"
	kill -KILL "$device"
	finish_fio 30
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	[ $rc -lt 126 ] || fail "$mode: fio crashed with status $rc"
	expect_one_line "/a.sock: .*closed the connection, with [0-9]+ requests in flight"
	[ ! -s "$sock.said" ] || expect_no_line 'driver broke' "$sock.said"
	rm -f "$img" "$sock"
done
