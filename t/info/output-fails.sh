#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk-info fails if it cannot write its output.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"
[ -c /dev/full ] || skip "there is no /dev/full"

start_fake a
for json in "" --json; do
	rc=0
	timeout 20 "$INFO" $json "$sock" >/dev/full 2>"$dir/err" || rc=$?
	[ $rc -eq 1 ] || fail "vblk-info ended with status $rc"
	expect_one_line "^vblk: standard output: No space left on device"
done
stop_fake
