#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With a wrong command line, vblk-info prints a usage text and exits with status 2. --help prints
# this text.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

info --help
[ $rc -eq 0 ] || fail "--help ended with status $rc"
expect_line '^usage: vblk-info .*PATH$' "$dir/out"

wrong() {
	info "$@"
	[ $rc -eq 2 ] || fail "status $rc, not 2: $*"
	[ ! -s "$dir/out" ] || fail "vblk-info printed something on standard output: $*"
	[ -s "$dir/err" ] || fail "vblk-info printed nothing on standard error: $*"
}
wrong
wrong "$dir/a" "$dir/b"
wrong --nonsense "$dir/a"
for timeout in "" 0 -1 1s nan inf 86401 1e99; do
	wrong "--timeout=$timeout" "$dir/a"
	expect_line "^vblk-info: --timeout=$timeout: the time must be from 0.001 to 86400 seconds\$" "$dir/err"
done
