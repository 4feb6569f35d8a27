#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_ring=auto uses the packed ring if the device offers one, and the start-up line says so. If
# the device does not, or vblk_features= forbids the feature, it uses the split ring.
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--name=j --rw=randwrite --bs=4k --size=256k --iodepth=4 --verify=crc32c"
start_fake a
for how in "" --vblk_ring=auto "--vblk_ring=packed --vblk_features=+ring_packed"; do
	# shellcheck disable=SC2086
	fio_ok $job $how --filename="$sock"
	expect_ring packed 256
	expect_line '^vblk: .* features .*[ ,]ring_packed(,|$)' "$dir/out"
	expect_count 1 '^vblk: ' "$dir/out"
done
# shellcheck disable=SC2086
fio_ok $job --vblk_features=-ring_packed --filename="$sock"
expect_ring split 256
expect_no_line '^vblk: .*ring_packed' "$dir/out"
stop_fake
start_fake b --features -ring_packed
# shellcheck disable=SC2086
fio_ok $job --vblk_ring=auto --filename="$sock"
expect_ring split 256
stop_fake
start_device c
# shellcheck disable=SC2086
fio_ok $job --filename="$sock"
expect_ring packed 256
stop_device
