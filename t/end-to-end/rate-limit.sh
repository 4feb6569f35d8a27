#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# rate_iops= is kept: requests neither exceed the rate nor stall, with an iodepth of 8 and in every
# vblk_wait mode.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a store=null
for wait in spin block hybrid; do
	fio_ok --name=j --rw=randread --bs=4k --iodepth=8 --rate_iops=200 --number_ios=100 --vblk_wait=$wait \
		--filename="$sock" --output-format=json
	[ "$(json '.jobs[0].read.total_ios')" = 100 ] || fail "not 100 requests"
	[ "$(json '.jobs[0].job_runtime')" -ge 300 ] || fail "100 requests at 200 per second took less than 300 ms"
done
