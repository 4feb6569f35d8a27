#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "clear": pending orders are cancelled, and delayed requests complete at once.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "packed" "split --poll"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_device a --verbose --orders "$dir/orders" --order "fail 20" "$@"
	order delay=600000 1 read
	start_fio --name=j --rw=read --bs=4k --size=1M --vblk_ring="$ring" --vblk_io_timeout=0 --filename="$sock"
	wait_until 20 grep -q 'request 0 is held' "$sock.said" || fail "$how: the request was not delayed"
	order clear
	finish_fio 10
	[ $rc -eq 0 ] || fail "$how: fio ended with status $rc"
	stop_device
	expect_line 'queue 0: 1 requests held' "$sock.said"
done
