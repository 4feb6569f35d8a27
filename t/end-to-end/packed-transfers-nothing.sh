#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring: a device that answers OK and transfers nothing is caught by a job that verifies.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for features in +indirect_desc -indirect_desc +in_order; do
	start_fake a --no-data
	run_fio --name=j --rw=randwrite --bs=4k --size=64k --iodepth=4 --verify=crc32c \
		--vblk_ring=packed --vblk_features=$features --filename="$sock"
	[ $rc -ne 0 ] || fail "$features: fio verified what was never transferred"
	expect_line 'verify: ' "$dir/err"
	stop_fake
done
