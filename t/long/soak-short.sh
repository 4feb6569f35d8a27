#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The first rounds of the soak succeed; the same seed and round give the same jobs, devices and faults; and a failing
# round ends the soak with the command that repeats the round.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
soak() {
	timeout -k 10 300 sh "$srcdir/t/long/soak.sh" "$@" >"$dir/soak.log" 2>&1
}

SOAK_LOG=$dir/first.log soak --seed 4 --rounds 4 --seconds 200 || fail "a round failed"
expect_line '^soak: 4 rounds in .*; seed 4$' "$dir/soak.log"
soak --seed 4 --round 2 || fail "round 2 failed when it was repeated"
grep '^soak: round 2:' "$dir/first.log" >"$dir/a"
grep '^soak: round 2:' "$dir/soak.log" >"$dir/b"
cmp -s "$dir/a" "$dir/b" || fail "round 2 was not the same when it was repeated"
! ENGINE=/dev/null soak --seed 4 --seconds 20 || fail "the soak succeeds without an engine"
expect_line 'soak.sh --seed 4 --round 1$' "$dir/soak.log"
