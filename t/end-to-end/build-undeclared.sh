#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The build fails if the engine uses a function that fio's headers do not declare, or declare with
# other arguments, even if no warning option was passed to configure.
# quick: yes
# sanitizers: no (it runs the compiler only)
. "${srcdir:-.}/t/end-to-end/lib.sh"

cc=$(sed -n 's/^CC = //p' Makefile)
flags=$(sed -n 's/^WARN_CFLAGS = //p' Makefile | sed 's/-Werror\( \|$\)//')
echo 'int main(void) { return 0; }' >"$dir/good.c"
echo 'int main(void) { return renamed(); }' >"$dir/undeclared.c"
echo 'static int hook(long *a) { return !a; } int (*table)(int *) = hook; int main(void) { return 0; }' >"$dir/changed.c"
# shellcheck disable=SC2086
$cc $flags -c -o "$dir/good.o" "$dir/good.c" 2>"$dir/cc.log" || fail "a correct program does not compile"
for wrong in undeclared changed; do
	# shellcheck disable=SC2086
	! $cc $flags -c -o "$dir/$wrong.o" "$dir/$wrong.c" 2>"$dir/cc.log" || fail "$wrong.c compiles"
done
