#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the capacity is not a multiple of the logical block size, the device ends with its last whole
# block: a job over the whole device writes and reads up to there and nothing after it.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --block-size 4096 --size 1051136 --log-requests
fio_ok --name=j --rw=write --bs=4k --verify=crc32c --filename="$sock" --output-format=json
[ "$(json '.jobs[0].write.io_bytes')" = 1048576 ] || fail "the job did not write exactly the whole blocks"
expect_line '^REQUEST 0 OUT sector=2040 len=4096$' "$log"
expect_no_line '^REQUEST 0 [A-Z]* sector=2048' "$log"
fio_fails "$sock: .*" --name=j --rw=write --bs=512 --size=64k --filename="$sock"
stop_fake
# With blocks of 512 bytes, the whole capacity is usable.
start_fake b --size 1051136 --log-requests
fio_ok --name=j --rw=write --bs=512 --offset=1M --verify=crc32c --filename="$sock" --output-format=json
[ "$(json '.jobs[0].write.io_bytes')" = 2560 ] || fail "the job did not write up to the end of the device"
expect_line '^REQUEST 0 OUT sector=2052 len=512$' "$log"
stop_fake
