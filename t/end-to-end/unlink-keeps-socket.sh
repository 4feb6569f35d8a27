#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# unlink=1 does not remove the back-end's socket.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
fio_ok --name=j --rw=write --bs=4k --size=64k --unlink=1 --filename="$sock"
[ -S "$sock" ] || fail "the socket is gone"
fio_ok --name=j --rw=write --bs=4k --size=64k --unlink=1 --unlink_each_loop=1 --loops=2 --filename="$sock"
[ -S "$sock" ] || fail "the socket is gone"
expect_backend_free
