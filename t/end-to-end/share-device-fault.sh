#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the device breaks the rules on a shared queue, one line says so, and the requests of all jobs of the
# queue fail. If the device does not answer one request, only the job of this request gives up.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for fault in --bad-used-id --double-complete; do
	start_fake a --queues 1 "$fault=5000"
	run_fio --name=j --rw=randread --bs=4k --size=8M --iodepth=8 --numjobs=4 --output-format=json --filename="$sock"
	[ $rc -ne 0 ] || fail "$fault: fio succeeded"
	expect_one_line 'queue 0: device error: .*; the [0-9]+ outstanding requests of the jobs that share the queue fail'
	[ "$(report '[.jobs[] | select(.error == 71)] | length')" = 4 ] || fail "$fault: not all jobs failed with EPROTO"
	stop_fake
done
start_device a --queues 1 --size 16M --order "drop 50 read"
run_fio --name=j --rw=randread --bs=4k --size=4M --iodepth=8 --numjobs=4 --vblk_io_timeout=2s --output-format=json \
	--filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded without the answer to a request"
expect_one_line "job 'j': no completion for [0-9.]+ s with 1 requests outstanding \\(vblk_io_timeout\\)"
[ "$(report '[.jobs[] | .error] | sort | tostring')" = '[0,0,0,110]' ] || fail "errors of the jobs: $(report '[.jobs[] | .error]')"
stop_device
