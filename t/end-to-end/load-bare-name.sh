#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ioengine=external:libfio_vblk.so works in the top directory of a built tree if LD_LIBRARY_PATH
# names the directory of the library.
# sanitizers: no (it is about loading the engine)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ -f libfio_vblk.so ] || fail "there is no libfio_vblk.so at the top of the built tree"
start_qsd a
LD_LIBRARY_PATH=$(dirname "$ENGINE")
export LD_LIBRARY_PATH
any_fio --ioengine=external:libfio_vblk.so --name=r --filename="$sock" --rw=read --bs=64k
[ $rc -eq 0 ] || fail "fio ended with status $rc"
expect_line 'ioengine=vblk' "$dir/out"
