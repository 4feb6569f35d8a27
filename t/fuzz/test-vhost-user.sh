#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that answers anything, in any pieces, cannot make the driver crash, hang or leave a descriptor open (VU-1,
# VU-2): a short run of the fuzz target over set-up and stop. The long one is `make fuzz FUZZ=vhost-user`.
# sanitizers: no (it has its own)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "it brings sanitizers of its own"
make_with_fuzz_cc t/fuzz/vhost-user
TMPDIR=$dir FUZZ_OUT=$dir timeout 300 sh "$srcdir/t/fuzz/run.sh" vhost-user -runs=30000 -seed=1 >"$dir/log" 2>&1 || {
	tail -n 30 "$dir/log"
	fail "see above"
}
grep -q '^Done 3[0-9]* runs' "$dir/log" || { tail -n 5 "$dir/log"; fail "it did not run"; }
