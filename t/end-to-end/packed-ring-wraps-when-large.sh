#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A packed ring of 32768 entries wraps correctly: more descriptors are used than it has entries,
# direct and indirect.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --max-queue-size 32768
for features in +indirect_desc -indirect_desc; do
	rm -f "$dir/stats"
	fio_ok --name=j --rw=write --bs=512 --size=9M --iodepth=64 --iodepth_batch_submit=16 \
		--iodepth_batch_complete_max=32 --vblk_ring=packed --vblk_queue_size=32768 \
		--vblk_features=$features --verify=crc32c --vblk_stats="$dir/stats" --filename="$sock"
	expect_ring packed 32768
	expect_stat '.[0] | .reads + .writes > 32768'
done
stop_fake
