#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "no-status": a single completion without a status, among correct ones, is an error and never
# a success.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for how in "packed" "packed --no-indirect" "split" "split --no-indirect --poll"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	for rw in read write; do
		start_device a --orders "$dir/orders" "$@"
		order no-status 20 $rw
		run_fio --name=j --rw=$rw --bs=4k --size=1M --iodepth=8 --vblk_ring="$ring" \
			--filename="$sock" --output-format=json
		[ $rc -ne 0 ] || fail "$how, $rw: fio succeeded"
		[ "$(report '.jobs[0].error')" = 71 ] || fail "$how, $rw: the error is not EPROTO"
		expect_line 'without writing its status' "$dir/err"
		stop_device
	done
done
