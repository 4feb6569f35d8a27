#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that answers OK and transfers nothing is caught in a verifying job: read buffers are poisoned.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --no-data
run_fio --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=64k --iodepth=4 --verify=crc32c --filename="$sock"
[ $rc -ne 0 ] || fail "fio verified what was never transferred"
expect_line 'verify: ' "$dir/err"
# What the pattern is must not matter.
for pattern in 0xa5 0x5a 0x00 0xa5a5a5a5; do
	run_fio --name=j --vblk_ring=split --rw=write --bs=4k --size=64k --verify=pattern --verify_pattern=$pattern --filename="$sock"
	[ $rc -ne 0 ] || fail "fio verified pattern $pattern, which was never transferred"
done
stop_fake
