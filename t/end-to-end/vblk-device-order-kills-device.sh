#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "die": the device exits when it fetches this request, without executing it, and the run ends
# with one error message.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "packed" "split --poll"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_file_device a 1M --orders "$dir/orders" "$@"
	order die 20 write
	run_fio --name=j --rw=write --bs=4k --size=1M --vblk_ring="$ring" --zero_buffers=0 --filename="$sock"
	[ $rc -ne 0 ] || fail "$how: fio succeeded"
	expect_one_line "/a.sock: .*closed the connection, with 1 requests in flight"
	status=0
	wait "$device" || status=$?
	[ $status -eq 137 ] || fail "$how: the device ended with status $status"
	expect_no_line 'driver broke' "$sock.said"
	! zero_range "$img" $((18 * 4096)) 4096 || fail "$how: the 19th write is missing"
	zero_range "$img" $((19 * 4096)) 4096 || fail "$how: the 20th write was executed"
	rm -f "$img"
done
