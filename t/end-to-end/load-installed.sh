#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the library is installed where the loader finds it, ioengine=libfio_vblk.so works from any
# directory.
# sanitizers: no (it is about loading the engine)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make install DESTDIR="$dir/root" >"$dir/install.log" 2>&1 ||
	fail "make install failed"
installed=$(find "$dir/root" -name libfio_vblk.so)
[ -f "$installed" ] || fail "make install installed no libfio_vblk.so"
[ -n "$(find "$dir/root" -path '*/man7/fio-vblk.7')" ] || fail "make install installed no manual page"
cd "$dir" || exit 99
LD_LIBRARY_PATH=$(dirname "$installed")
export LD_LIBRARY_PATH
any_fio --ioengine=libfio_vblk.so --name=r --filename="$sock" --rw=read --bs=64k
[ $rc -eq 0 ] || fail "fio ended with status $rc"
expect_line 'ioengine=vblk' "$dir/out"
