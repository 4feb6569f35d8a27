#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A ring of 4 entries with iodepth=64: the ring is full again and again, and all data verifies, with
# and without indirect descriptors.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a size=4M
for features in -mq -indirect_desc -event_idx; do
	rm -f "$dir/stats"
	fio_ok --name=j --rw=randwrite --bs=4k --iodepth=64 --vblk_queue_size=4 --vblk_features=$features --verify=crc32c \
		--vblk_stats="$dir/stats" --filename="$sock"
	expect_line 'ring of 4,' "$dir/out"
	expect_line 'a ring of 4 holds [14] requests at a time' "$dir/out"
	[ "$(queue_stats .largest_depth)" -le 4 ] || fail "more requests outstanding than the ring holds"
	[ "$(queue_stats .ring_full)" -gt 0 ] || fail "the ring was never full"
	psync_ok --name=j --rw=randwrite --bs=4k --verify=crc32c --verify_only --filename="$img"
done
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=64 --iodepth_batch=16 --iodepth_batch_complete_min=8 --vblk_queue_size=4 \
	--verify=crc32c --filename="$sock"
