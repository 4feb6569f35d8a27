#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a back-end does not reply, vblk-info prints one error message with the name of the vhost-user
# message when --timeout= expires.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

for message in GET_FEATURES GET_CONFIG SET_FEATURES; do
	start_fake a --stall-at $message
	LIMIT=10 info_fails "^vblk: $sock: no answer to $message within 1000 ms\$" --timeout=1 "$sock"
	[ ! -s "$dir/out" ] || fail "vblk-info printed something on standard output"
	stop_fake
done

# The device is open at this point, so vblk-info prints what it knows.
for message in SET_VRING_NUM GET_VRING_BASE; do
	start_fake a --stall-at $message
	LIMIT=10 info_fails "^vblk: $sock: .*no answer to $message within 300 ms" --json --timeout=0.3 "$sock"
	fact '.queues == 4 and (.error | test("no answer to '$message' within 300 ms"))'
	stop_fake
done
