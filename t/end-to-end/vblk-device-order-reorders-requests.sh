#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "reorder": a request completes after a later one, and the driver handles this.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "packed" "packed --no-indirect --poll" "split" "split --no-indirect --no-event-idx"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_device a --verbose --orders "$dir/orders" "$@"
	for nr in 1 10 11 12 50 100 200; do
		order reorder $nr write
		order reorder $nr read
	done
	fio_ok --name=j --rw=randwrite --bsrange=512-8k --size=1M --iodepth=8 --vblk_ring="$ring" \
		--verify=crc32c --filename="$sock"
	stop_device
	expect_line 'queue 0: 14 requests held, 1[0-4] of them completed after a later one' "$sock.said"
done
# A request that no other request follows completes as well.
start_device b --orders "$dir/orders"
order reorder 1 read
LIMIT=10 fio_ok --name=j --rw=read --bs=4k --size=64k --filename="$sock"
stop_device
