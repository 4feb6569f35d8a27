#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_ring=split uses a split ring on devices that offer packed rings, and does not accept the
# packed ring feature.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--name=j --rw=randwrite --bsrange=512-32k --size=1M --iodepth=16 --verify=crc32c"
start_fake a
for how in "" "--vblk_features=-indirect_desc" "--vblk_features=-ring_packed"; do
	# shellcheck disable=SC2086
	fio_ok $job --vblk_ring=split $how --filename="$sock"
	expect_ring split
	expect_no_line '^vblk: .*ring_packed' "$dir/out"
done
stop_fake
start_file_device b 1M
cross_check "--rw=randwrite --bsrange=512-32k --size=1M --iodepth=16" --vblk_ring=split
expect_ring split
expect_no_line '^vblk: .*ring_packed' "$dir/out"
stop_device
