#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ThreadSanitizer finds no race between driver and device, on either layout.
# sanitizers: no (it has its own)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "it brings sanitizers of its own"
command -v clang >/dev/null || skip "clang is not installed"
echo 'int main(void) { return 0; }' >"$dir/try.c"
clang -fsanitize=thread "$dir/try.c" -o "$dir/try" 2>"$dir/log" ||
	skip "clang cannot build for ThreadSanitizer"
clang -std=gnu11 -D_GNU_SOURCE -I"$srcdir" -O1 -g -fsanitize=thread \
	"$srcdir/t/long/stress-virtq.c" "$srcdir/t/ring-model/ring.c" "$srcdir/t/ring-model/split.c" \
	"$srcdir/t/ring-model/packed.c" "$srcdir"/virtq/*.c -lpthread -o "$dir/stress" \
	2>"$dir/log" || fail "it does not build: $(cat "$dir/log")"
for layout in split packed; do
	for features in '' 'event_idx indirect' 'in_order' 'event_idx in_order indirect' spin; do
		# shellcheck disable=SC2086
		timeout 120 "$dir/stress" $layout $features 30000 >"$dir/log" 2>&1 || {
			cat "$dir/log"
			fail "$layout $features"
		}
	done
done
