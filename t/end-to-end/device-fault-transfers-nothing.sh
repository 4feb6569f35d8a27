#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that reports success but transfers no data is detected by a job that verifies, because
# read buffers are poisoned.
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--name=j --bs=4k --size=64k"
for ring in split packed; do
	for features in +indirect_desc -indirect_desc +in_order; do
		start_fake a --no-data
		# shellcheck disable=SC2086
		run_fio $job --rw=randwrite --iodepth=4 --verify=crc32c --vblk_ring=$ring --vblk_features=$features --filename="$sock"
		[ $rc -ne 0 ] || fail "$ring, $features: fio verified what was never transferred"
		expect_line 'verify: ' "$dir/err"
		stop_fake
	done
	# The device is detected whatever the verify pattern is.
	start_fake a --no-data
	for pattern in 0xa5 0x5a 0x00 0xa5a5a5a5; do
		# shellcheck disable=SC2086
		run_fio $job --rw=write --verify=pattern --verify_pattern=$pattern --vblk_ring=$ring --filename="$sock"
		[ $rc -ne 0 ] || fail "$ring: fio verified pattern $pattern, which was never transferred"
	done
	stop_fake
done
