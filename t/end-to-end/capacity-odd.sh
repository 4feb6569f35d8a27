#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A capacity that is no multiple of the logical block size ends with its last whole block: a job of
# the whole device writes and reads that, and nothing behind it.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --block-size 4096 --size 1051136 --log-requests
fio_ok --name=j --rw=write --bs=4k --verify=crc32c --filename="$sock" --output-format=json
[ "$(json '.jobs[0].write.io_bytes')" = 1048576 ] || fail "the size is not that of the whole blocks"
expect_line '^REQUEST 0 OUT sector=2040 len=4096$' "$log"
expect_no_line '^REQUEST 0 [A-Z]* sector=2048' "$log"
fio_fails "$sock: .*" --name=j --rw=write --bs=512 --size=64k --filename="$sock"
stop_fake
# With blocks of 512 all of it is there.
start_fake b --size 1051136 --log-requests
fio_ok --name=j --rw=write --bs=512 --offset=1M --verify=crc32c --filename="$sock" --output-format=json
[ "$(json '.jobs[0].write.io_bytes')" = 2560 ] || fail "the size is not the device's"
expect_line '^REQUEST 0 OUT sector=2052 len=512$' "$log"
stop_fake
