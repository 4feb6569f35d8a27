#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that does not answer costs vblk-info --timeout=, then it is one line that names the message.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

for message in GET_FEATURES GET_CONFIG SET_FEATURES; do
	start_fake a --stall-at $message
	LIMIT=10 info_fails "^vblk: $sock: no answer to $message within 1000 ms\$" --timeout=1 "$sock"
	[ ! -s "$dir/out" ] || fail "it printed something"
	stop_fake
done

# It is open by then: what is known is printed.
for message in SET_VRING_NUM GET_VRING_BASE; do
	start_fake a --stall-at $message
	LIMIT=10 info_fails "^vblk: $sock: .*no answer to $message within 300 ms" --json --timeout=0.3 "$sock"
	fact '.queues == 4 and (.error | test("no answer to '$message' within 300 ms"))'
	stop_fake
done
