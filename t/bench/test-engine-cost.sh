#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The cost of a request in the engine's own code does not grow: by no more than 5 % with the compiler that the figures
# below were recorded with. With other compilers the cost is only reported.
# sanitizers: no (it counts instructions)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "sanitizers add instructions"
[ -x "$builddir/t/vblk-device/vblk-device" ] || skip "t/vblk-device/vblk-device is not built (it needs libdpdk)"
need valgrind
recorded_with='gcc (Debian 12.2.0-14+deb12u1) 12.2.0'
recorded='32 123
1 196'

FIO=$FIO ENGINE=$ENGINE REQUESTS=16000 sh "$srcdir/t/bench/engine-cost.sh" >"$dir/figures" || fail "no figures"
cat "$dir/figures"
[ "$(grep -c 'instructions=' "$dir/figures")" = 2 ] || fail "figures are missing"
compiler=$(sed -n 's/^CC = //p' "$builddir/Makefile")
[ "$($compiler --version | head -n 1)" = "$recorded_with" ] || exit 0
sed -n 's/^CFLAGS = //p' "$builddir/Makefile" | grep -q -- '-O2' || exit 0

echo "$recorded" | while read -r batch most; do
	now=$(sed -n "s/^batch=$batch instructions=\([0-9]*\)\..*/\1/p" "$dir/figures")
	[ $((now * 100)) -le $((most * 105)) ] || fail "batch of $batch: $now instructions, recorded: $most"
done
