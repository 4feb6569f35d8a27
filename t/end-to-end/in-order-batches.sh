#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# IN_ORDER (RING-8): the device reports a whole batch by its last request only. Tested with split
# and packed rings, direct and indirect descriptors, and rings that wrap with requests of one and of
# several descriptors.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
job="--rw=randrw --bsrange=512-8k --size=512k --iodepth=32 --iodepth_batch_submit=8"
job="$job --iodepth_batch_complete_max=32"
start_fake a
fio_ok --name=j --rw=read --bs=4k --size=64k --filename="$sock"
expect_no_line '^vblk: .*in_order' "$dir/out"
for ring in packed split; do
	for features in +indirect_desc -indirect_desc; do
		rm -f "$dir/stats"
		# shellcheck disable=SC2086
		fio_ok --name=j $job --vblk_ring=$ring --vblk_features=+in_order,$features --verify=crc32c \
			--vblk_stats="$dir/stats" --filename="$sock"
		expect_ring $ring
		expect_line '^vblk: .* features .*[ ,]in_order(,|$)' "$dir/out"
		expect_stat '.[0] | .errors == 0 and .short_used_lengths == 0 and .largest_depth > 8'
		fio_ok --name=j --rw=randwrite --bsrange=512-8k --size=512k --iodepth=32 --verify=crc32c \
			--vblk_ring=$ring --vblk_features=+in_order,$features --vblk_queue_size=16 \
			--vblk_segments=3 --vblk_wait=block --filename="$sock"
	done
done
stop_fake
start_file_device b 512k --in-order
for how in "packed +" "packed -" "split -"; do
	cross_check "--rw=randwrite --bsrange=512-8k --size=512k --iodepth=32 \
		--iodepth_batch_submit=8 --iodepth_batch_complete_max=32" "--vblk_ring=${how% *} \
		--vblk_features=+in_order,${how#* }indirect_desc"
	expect_ring "${how% *}"
	expect_line '^vblk: .* features .*[ ,]in_order(,|$)' "$dir/out"
done
stop_device
