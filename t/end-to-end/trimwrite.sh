#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# rw=trimwrite trims each block before it writes the block.
# quick: yes
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
fio_ok --name=t --rw=trimwrite --bs=64k --size=1M --filename="$sock" --output-format=json
[ "$(json '.jobs[0].trim.total_ios')" = 16 ] || fail "fio did not count 16 trims"
[ "$(json '.jobs[0].write.total_ios')" = 16 ] || fail "fio did not count 16 writes"
expect_count 16 '^REQUEST 0 DISCARD' "$log"
expect_count 16 '^REQUEST 0 OUT .*len=65536' "$log"
[ "$(grep '^REQUEST' "$log" | sed -n '1p;3p;5p' | grep -c DISCARD)" = 3 ] || fail "trims do not come before writes"
stop_fake
