#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that writes anything anywhere cannot make the ring code lose its bearings: a short run of
# the fuzz target over both layouts. The long one is `make fuzz`.
# sanitizers: no (it has its own)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "it brings sanitizers of its own"
make_with_fuzz_cc t/fuzz/virtq
FUZZ_OUT=$dir timeout 300 sh "$srcdir/t/fuzz/run.sh" virtq -runs=150000 -seed=1 >"$dir/log" 2>&1 || {
	tail -n 30 "$dir/log"
	fail "see above"
}
grep -q '^Done 1[0-9]* runs' "$dir/log" || { tail -n 5 "$dir/log"; fail "it did not run"; }
