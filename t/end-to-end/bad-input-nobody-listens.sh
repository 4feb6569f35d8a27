#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The socket of a back-end that was killed: nobody listens, which is said at once, and that some back-ends end by themselves.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
kill -KILL "$qsd"
wait "$qsd" 2>/dev/null
[ -S "$sock" ] || fail "the socket is gone"
fio_fails "$sock: nobody listens on this socket; start the back-end first \(some serve one connection and end: start those again each time\)" --name=j --rw=write --bs=4k --size=64k \
	--numjobs=2 --filename="$sock"
