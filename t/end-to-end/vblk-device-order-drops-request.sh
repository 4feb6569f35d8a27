#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "drop": this request never completes, all others do. The device, whose queue is stopped in
# between, serves the next run.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for how in "packed" "split --no-indirect" "packed --poll" "split --threads"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_device a --orders "$dir/orders" "$@"
	order drop 20 read
	order drop 30
	run_fio --name=j --rw=randread --bs=4k --size=1M --iodepth=8 --vblk_ring="$ring" --vblk_io_timeout=1s \
		--filename="$sock" --output-format=json
	[ $rc -ne 0 ] || fail "$how: fio succeeded"
	[ "$(report '.jobs[0].error')" = 110 ] || fail "$how: the error is not ETIMEDOUT"
	expect_count 1 "^vblk: .*job 'j': no completion for 1\\.[0-9] s with 2 requests outstanding" "$dir/err"
	fio_ok --name=j --rw=randrw --bs=4k --size=1M --iodepth=8 --vblk_ring="$ring" --verify=crc32c \
		--filename="$sock"
	stop_device
done
