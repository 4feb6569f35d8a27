#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A completion without a status is an error, never a success.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --no-status
for rw in read write; do
	run_fio --name=j --vblk_ring=split --rw=$rw --bs=4k --size=64k --filename="$sock" --output-format=json
	[ $rc -ne 0 ] || fail "$rw: fio succeeded"
	[ "$(report '.jobs[0].error')" = 71 ] || fail "$rw: the error is not EPROTO"
	expect_line 'without writing its status' "$dir/err"
done
stop_fake
