#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A time_based job repeats its range until runtime= expires, which starts after ramp_time=.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a store=null
fio_ok --name=j --rw=read --bs=4k --size=64k --iodepth=4 --time_based --runtime=1 --filename="$sock" --output-format=json
[ "$(json '.jobs[0].read.total_ios')" -gt 16 ] || fail "the job did not repeat its range"
[ "$(json '.jobs[0].job_runtime')" -ge 900 ] || fail "the job ended before runtime= expired"
fio_ok --name=j --rw=randwrite --bs=4k --size=64k --iodepth=4 --time_based --ramp_time=1 --runtime=1 --filename="$sock" \
	--output-format=json
[ "$(json '.jobs[0].write.total_ios')" -gt 16 ] || fail "the job did not repeat its range after ramp_time="
