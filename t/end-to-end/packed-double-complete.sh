#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring: a request completed twice. Seen at once, that is a device error. Seen after the id
# went to another request, that one has no status; and the device has overwritten what it was to
# serve next, so that it answers no more. The job ends with an error either way, and no hang.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

seen=0
for mode in "spin 0 +" "spin 1 -" "block 0 -" "hybrid 1 +"; do
	# shellcheck disable=SC2086
	set -- $mode
	job="--name=j --rw=randread --bs=4k --size=256k --iodepth=4 --vblk_ring=packed --vblk_wait=$1"
	job="$job --thread=$2 --vblk_features=$3indirect_desc --vblk_io_timeout=1s"
	start_fake a --double-complete=5
	# shellcheck disable=SC2086
	run_fio $job --iodepth_batch_complete_max=4 --filename="$sock"
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_ring packed
	# The ring was looked at between the two at times: then it is as below.
	expect_one_line '/a.sock: .*(device error: |vblk_io_timeout|closed the connection)'
	! grep -q 'device error: ' "$dir/err" || seen=1
	expect_no_jobs_left
	kill -TERM "$fake"
	wait "$fake" || true
	start_fake b --double-complete=5
	# shellcheck disable=SC2086
	run_fio $job --filename="$sock"
	[ $rc -ne 0 ] || fail "$mode: fio succeeded"
	expect_one_line '/b.sock: .*(device error: |vblk_io_timeout|closed the connection)'
	expect_no_jobs_left
	kill -TERM "$fake"
	wait "$fake" || true
done
[ $seen = 1 ] || fail "never seen at once"
