#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ioengine=external:./libfio_vblk.so loads the engine from the current directory, whatever the
# library path of the loader.
# sanitizers: no (it is about loading the engine)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
cd "$(dirname "$ENGINE")" || exit 99
any_fio --ioengine=external:./libfio_vblk.so --name=r --filename="$sock" --rw=read --bs=64k
[ $rc -eq 0 ] || fail "fio ended with status $rc"
expect_line 'ioengine=vblk' "$dir/out"
