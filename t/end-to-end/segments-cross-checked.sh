#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Transfers of odd sizes with vblk_segments= of 2, 3, 8 and 64 on DPDK's vhost library: psync reads
# what the engine wrote, and the engine reads what psync wrote.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_file_device a 512k
for how in "2 +" "3 -" "64 -"; do
	cross_check "--rw=randwrite --bsrange=512-44k --size=512k --iodepth=16" \
		"--vblk_segments=${how% *} --vblk_features=${how#* }indirect_desc"
	expect_ring packed
done
cross_check "--rw=randwrite --bsrange=512-44k --size=512k --iodepth=16" \
	"--vblk_segments=8 --vblk_ring=split --vblk_features=-indirect_desc"
stop_device
