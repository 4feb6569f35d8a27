#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "no-data": a read or a write that succeeds without transferring data is detected by a job
# that verifies.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "packed" "packed --no-indirect" "split" "split --no-indirect --poll"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	for rw in read write; do
		start_device a --orders "$dir/orders" "$@"
		order no-data 20 $rw
		run_fio --name=j --rw=write --bs=4k --size=1M --iodepth=8 --verify=crc32c \
			--vblk_ring="$ring" --filename="$sock"
		[ $rc -ne 0 ] || fail "$how: fio verified data although a $rw transferred none"
		expect_count 1 '^verify: .*offset 77824' "$dir/err"
		stop_device
	done
done
