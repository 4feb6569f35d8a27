#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Under valgrind's memcheck, vblk-info has no errors and no leaks, with a correct device and with
# faulty ones.
# sanitizers: no (it runs under valgrind)
. "${srcdir:-.}/t/info/lib.sh"
[ "${VBLK_SANITIZERS:-0}" != 1 ] || skip "valgrind cannot run programs built with sanitizers"
need valgrind

check() {
	timeout 60 valgrind -q --leak-check=full --error-exitcode=99 --log-file="$dir/valgrind.log" \
		"$INFO" --timeout=2 "$@" "$sock" >"$dir/out" 2>"$dir/err"
	rc=$?
	[ $rc -le 1 ] && [ ! -s "$dir/valgrind.log" ] || fail "status $rc: $*"
}
start_fake a --features +15
check
check --json
stop_fake
start_fake b --stall-request 1
check
stop_fake
start_fake c --bad-used-id
check --json
stop_fake
start_fake d --stall-at SET_VRING_NUM
check
stop_fake
