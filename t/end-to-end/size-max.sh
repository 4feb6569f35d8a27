#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Transfers larger than size_max are sent in segments of at most size_max, on DPDK's vhost library:
# packed and split, direct and indirect.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
# check BS FEATURES RING PIECES: cross-check transfers of BS and expect PIECES segments for each.
check() {
	rm -f "$dir/stats"
	cross_check "--rw=randwrite --bs=$1 --size=2M --iodepth=4" "--vblk_ring=$3 \
		--vblk_features=$2 --vblk_stats=$dir/stats --vblk_poison=0"
	expect_ring "$3"
	expect_stat "map(.data_descriptors) == map((.reads + .writes) * $4)"
}
start_file_device a 2M --size-max 4096 --seg-max 256
check 64k -indirect_desc packed 16
check 1m -indirect_desc packed 256
check 1m +indirect_desc split 256
stop_device
start_file_device b 2M --size-max 65536
check 1m +indirect_desc packed 16
check 64k -indirect_desc split 1
stop_device
