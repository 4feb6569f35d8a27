#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ioengine=external:/absolute/path loads the engine.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
any_fio --ioengine="external:$ENGINE" --name=r --filename="$sock" --rw=read --bs=64k
[ $rc -eq 0 ] || fail "fio ended with status $rc"
expect_line 'ioengine=vblk' "$dir/out"
expect_line '^vblk: .*/a.sock: vhost-user' "$dir/out"
