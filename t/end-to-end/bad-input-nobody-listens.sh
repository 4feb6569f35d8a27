#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If nobody listens on the socket, because the back-end was killed, fio fails at once. The message
# also says that some back-ends serve only one connection and then exit.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
kill -KILL "$qsd"
wait "$qsd" 2>/dev/null
[ -S "$sock" ] || fail "the socket is gone"
fio_fails "$sock: no process listens on this socket; start the back-end first \(some back-ends exit after one connection and must be started again\)" --name=j --rw=write --bs=4k --size=64k \
	--numjobs=2 --filename="$sock"
