#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio --enghelp lists every option of the engine with a description.
# sanitizers: no (it is about loading the engine)
. "${srcdir:-.}/t/end-to-end/lib.sh"

any_fio --enghelp="$ENGINE"
[ $rc -eq 0 ] || fail "fio ended with status $rc"
options=$(sed -n 's/.*OPTION("\([a-z_]*\)".*/vblk_\1/p' "$srcdir/engine/options.c")
[ "$(echo "$options" | wc -l)" -ge 10 ] || fail "this test found too few options in engine/options.c"
for option in $options hipri; do
	expect_line "^$option +: [A-Z]" "$dir/out"
done
expect_count "$(echo "$options" | wc -l)" '^vblk_' "$dir/out"
