#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One failed request among many ends the job. With continue_on_error= it is counted, and all other
# requests succeed.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --fail-request 20
run_fio --name=j --rw=read --bs=4k --size=1M --iodepth=8 --filename="$sock" --output-format=json
[ $rc -ne 0 ] || fail "fio succeeded"
[ "$(report '.jobs[0].error')" = 5 ] || fail "the error is not EIO"
stop_fake
start_fake b --fail-request 20
run_fio --name=j --rw=read --bs=4k --size=1M --iodepth=8 --continue_on_error=all --filename="$sock" --output-format=json
[ "$(report '.jobs[0].total_err')" = 1 ] || fail "fio did not count exactly one error"
[ "$(report '.jobs[0].read.total_ios')" -ge 255 ] || fail "the other requests did not complete"
stop_fake
