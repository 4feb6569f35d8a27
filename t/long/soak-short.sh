#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The soak's first rounds are as they should be; the same seed and round are the same jobs, devices and faults; and a round
# that is not as it should be ends it, with the command that repeats it.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
soak() {
	timeout -k 10 300 sh "$srcdir/t/long/soak.sh" "$@" >"$dir/soak.log" 2>&1
}

SOAK_LOG=$dir/first.log soak --seed 4 --rounds 4 --seconds 200 || fail "a round failed"
expect_line '^soak: 4 rounds in .*; seed 4$' "$dir/soak.log"
soak --seed 4 --round 2 || fail "a round failed the second time"
grep '^soak: round 2:' "$dir/first.log" >"$dir/a"
grep '^soak: round 2:' "$dir/soak.log" >"$dir/b"
cmp -s "$dir/a" "$dir/b" || fail "round 2 was another the second time"
! ENGINE=/dev/null soak --seed 4 --seconds 20 || fail "all is well without an engine"
expect_line 'soak.sh --seed 4 --round 1$' "$dir/soak.log"
