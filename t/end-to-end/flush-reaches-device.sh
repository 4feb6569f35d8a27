#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With a write-back cache, every fsync=, fdatasync= and end_fsync= sends a FLUSH request.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
fio_ok --name=j --rw=write --bs=4k --size=64k --fsync=1 --filename="$sock"
# One flush after each write except the last, after which fio sends none.
first=$(grep -c '^REQUEST 0 FLUSH sector=0 len=0$' "$log")
[ "$first" -ge 15 ] || fail "$first flushes for fsync=1 and 16 writes"
fio_ok --name=j --rw=write --bs=4k --size=64k --fdatasync=4 --filename="$sock"
second=$(($(grep -c '^REQUEST 0 FLUSH' "$log") - first))
[ $second -ge 3 ] && [ $second -le 4 ] || fail "$second flushes for fdatasync=4 and 16 writes"
fio_ok --name=j --rw=write --bs=4k --size=64k --end_fsync=1 --filename="$sock"
[ $(($(grep -c '^REQUEST 0 FLUSH' "$log") - first - second)) = 1 ] || fail "end_fsync=1 is not one flush"
[ "$(grep '^REQUEST' "$log" | tail -n 1 | cut -d' ' -f3)" = FLUSH ] || fail "end_fsync=1 did not come at the end"
stop_fake
