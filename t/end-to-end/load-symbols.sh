#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All that the library wants of fio is listed in engine/imports.h and exported by its fio, and is bound when fio loads it.
# quick: yes
# newest fio: yes
# sanitizers: no (it is about loading the engine)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need nm readelf
nm -D --undefined-only "$ENGINE" >"$dir/wanted" || fail "nm does not read the library"
# libc's have a version; the compiler's are its own.
strong=$(awk '$1 == "U" && $2 !~ /@|^__(asan|ubsan)_/ { print $2 }' "$dir/wanted")
[ -z "$strong" ] || fail "used, and not listed in engine/imports.h: $strong"
weak=$(awk '$1 != "U" && $2 !~ /@|^_ITM_|^__gmon_start__$|^__(asan|ubsan)_/ { print $2 }' "$dir/wanted")
[ "$(echo "$weak" | wc -w)" -ge 10 ] || fail "fewer symbols of fio's than there must be: $weak"
nm -D --defined-only "$FIO" | awk '{ print $3 }' >"$dir/exported"
for symbol in $weak; do
	grep -qx "$symbol" "$dir/exported" || fail "$("$FIO" --version) does not export $symbol"
done
readelf -d "$ENGINE" | grep -Eq 'BIND_NOW|FLAGS.* NOW' || fail "symbols are not bound when the library is loaded"
