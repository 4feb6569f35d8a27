#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If fio lacks a function that the engine needs (the same version of fio, with a function renamed),
# the engine names the function and ends the run.
# quick: yes
# sanitizers: no (it is about loading the engine)
. "${srcdir:-.}/t/end-to-end/lib.sh"

# Rename a function in the dynamic symbol table, to a name of the same length.
LC_ALL=C sed 's/\x00io_u_mark_submit\x00/\x00io_u_mark_issued\x00/' "$FIO" >"$dir/fio"
chmod +x "$dir/fio"
! cmp -s "$FIO" "$dir/fio" || fail "this test could not rename io_u_mark_submit in fio"
FIO=$dir/fio
start_qsd a
any_fio --ioengine="external:$ENGINE" --name=r --filename="$sock" --rw=read --bs=64k --size=64k
[ $rc -ne 0 ] || fail "fio succeeded"
[ $rc -lt 126 ] || fail "fio crashed with status $rc"
expect_one_line "needs 'io_u_mark_submit', which the running fio does not have"
