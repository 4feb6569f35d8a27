#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ThreadSanitizer finds no data race between driver and device, with either layout.
# sanitizers: no (it has its own)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "this test uses its own sanitizer"
make_with_fuzz_cc t/long/stress-virtq-tsan
for layout in split packed; do
	for features in '' 'event_idx indirect' 'in_order' 'event_idx in_order indirect' spin; do
		# shellcheck disable=SC2086
		timeout 120 t/long/stress-virtq-tsan $layout $features 30000 >"$dir/log" 2>&1 || {
			cat "$dir/log"
			fail "$layout $features"
		}
	done
done
