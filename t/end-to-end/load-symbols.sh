#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All symbols that the library needs from fio are listed in engine/imports.h, fio exports them, and
# they are bound when fio loads the library.
# quick: yes
# newest fio: yes
# sanitizers: no (it is about loading the engine)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need nm readelf
nm -D --undefined-only "$ENGINE" >"$dir/wanted" || fail "nm does not read the library"
# Symbols of libc have a version, and those of the compiler known names; leave out both.
strong=$(awk '$1 == "U" && $2 !~ /@|^__(asan|ubsan)_/ { print $2 }' "$dir/wanted")
[ -z "$strong" ] || fail "used, but not listed in engine/imports.h: $strong"
weak=$(awk '$1 != "U" && $2 !~ /@|^_ITM_|^__gmon_start__$|^__(asan|ubsan)_/ { print $2 }' "$dir/wanted")
[ "$(echo "$weak" | wc -w)" -ge 10 ] || fail "this test found too few symbols of fio: $weak"
nm -D --defined-only "$FIO" | awk '{ print $3 }' >"$dir/exported"
for symbol in $weak; do
	grep -qx "$symbol" "$dir/exported" || fail "$("$FIO" --version) does not export $symbol"
done
readelf -d "$ENGINE" | grep -Eq 'BIND_NOW|FLAGS.* NOW' || fail "symbols are not bound when the library is loaded"
