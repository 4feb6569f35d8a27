#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# loops= repeats the job and number_ios= ends it early, as counted by the requests that the device
# received.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --log-requests
fio_ok --name=j --rw=write --bs=4k --size=64k --loops=3 --iodepth=4 --filename="$sock"
expect_count 48 '^REQUEST 0 OUT' "$log"
: >"$log"
fio_ok --name=j --rw=randread --bs=4k --number_ios=37 --iodepth=4 --filename="$sock" --output-format=json
expect_count 37 '^REQUEST 0 IN' "$log"
[ "$(json '.jobs[0].read.total_ios')" = 37 ] || fail "fio did not count 37 reads"
stop_fake
