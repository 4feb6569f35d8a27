#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that closes the connection itself, or exits, while it serves a request ends the run in
# the same way as a back-end that is killed.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for thread in 0 1; do
	start_fake a --close-at-request 200 --one-connection
	run_fio --name=j --rw=randwrite --bs=4k --iodepth=8 --thread=$thread --filename="$sock"
	[ $rc -ne 0 ] || fail "fio succeeded"
	expect_one_line "closed the connection, with [0-9]+ requests in flight"
	wait "$fake" || true
	start_fake a --die-at-request 200
	run_fio --name=j --rw=randwrite --bs=4k --iodepth=8 --thread=$thread --filename="$sock"
	[ $rc -ne 0 ] || fail "fio succeeded"
	expect_one_line "closed the connection, with [0-9]+ requests in flight"
	wait "$fake" || true
done
