#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The cost of a request in the ring code does not grow: by no more than 5 % with the compiler that the figures below
# were recorded with. With other compilers the cost is only reported.
# sanitizers: no (it counts instructions)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "sanitizers add instructions"
command -v valgrind >/dev/null || skip "valgrind is not installed"
recorded_with='gcc (Debian 12.2.0-14+deb12u1) 12.2.0'
recorded='split 32 57
split 1 90
packed 32 82
packed 1 114'

sh "$srcdir/t/bench/ring-cost.sh" "$builddir/t/bench/ring-cost" >"$dir/figures" || fail "no figures"
cat "$dir/figures"
[ "$(grep -c 'instructions=' "$dir/figures")" = 4 ] || fail "figures are missing"
compiler=$(sed -n 's/^CC = //p' "$builddir/Makefile")
[ "$($compiler --version | head -n 1)" = "$recorded_with" ] || exit 0
sed -n 's/^CFLAGS = //p' "$builddir/Makefile" | grep -q -- '-O2' || exit 0

echo "$recorded" | while read -r layout batch most; do
	now=$(sed -n "s/^$layout batch=$batch instructions=\([0-9]*\) .*/\1/p" "$dir/figures")
	[ $((now * 100)) -le $((most * 105)) ] ||
		fail "$layout ring, batch of $batch: $now instructions, recorded: $most"
done
