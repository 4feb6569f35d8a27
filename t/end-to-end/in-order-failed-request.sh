#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# IN_ORDER: if a request in the middle of a batch fails, the driver reports exactly that request as
# failed, and no other.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for how in "packed +" "packed -" "split -"; do
	start_fake a --fail-request 13
	job="--name=j --rw=write --bs=4k --size=256k --iodepth=32 --iodepth_batch_submit=32"
	job="$job --iodepth_batch_complete_max=32 --continue_on_error=all --vblk_ring=${how% *}"
	job="$job --vblk_features=+in_order,${how#* }indirect_desc --verify=crc32c"
	# shellcheck disable=SC2086
	run_fio $job --do_verify=0 --filename="$sock" --output-format=json
	[ "$(report '.jobs[0].total_err')" = 1 ] || fail "$how: the number of failed writes is not 1"
	[ "$(report '.jobs[0].first_error')" = 5 ] || fail "$how: the error is not EIO"
	# The 13th write is at 48 KiB, and the device did not execute it.
	# shellcheck disable=SC2086
	run_fio $job --verify_only --filename="$sock" --output-format=json
	expect_count 1 '^verify: bad' "$dir/err"
	expect_line '^verify: bad .* offset 49152' "$dir/err"
	stop_fake
done
