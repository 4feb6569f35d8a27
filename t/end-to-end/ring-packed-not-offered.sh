#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_ring=packed on a device without packed rings is refused with one message, and no job runs.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --features -ring_packed --log-requests
for thread in 0 1; do
	fio_fails "$sock: .*ring_packed" --name=j --rw=write --bs=4k --size=64k --vblk_ring=packed \
		--thread=$thread --filename="$sock"
	expect_line '^vblk: .*not offer' "$dir/err"
done
expect_no_line '^REQUEST' "$log"
expect_backend_free
stop_fake
start_device b --no-packed
fio_fails "$sock: .*ring_packed" --name=j --numjobs=3 --rw=write --bs=4k --size=64k \
	--vblk_ring=packed --filename="$sock"
expect_backend_free
stop_device
