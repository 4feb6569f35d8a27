#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A wrong command line is status 2 and a summary; --help is that summary.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

info --help
[ $rc -eq 0 ] || fail "--help ended with status $rc"
expect_line '^usage: vblk-info .*PATH$' "$dir/out"

wrong() {
	info "$@"
	[ $rc -eq 2 ] || fail "status $rc, not 2: $*"
	[ ! -s "$dir/out" ] || fail "it printed something: $*"
	[ -s "$dir/err" ] || fail "it said nothing: $*"
}
wrong
wrong "$dir/a" "$dir/b"
wrong --nonsense "$dir/a"
for timeout in "" 0 -1 1s nan inf 86401 1e99; do
	wrong "--timeout=$timeout" "$dir/a"
	expect_line "^vblk-info: --timeout=$timeout: seconds from 0.001 to 86400 are wanted\$" "$dir/err"
done
