#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed rings of sizes that are no power of two, and the largest there is: direct and indirect,
# data verifies, and a ring too small for iodepth= makes fio wait its turn.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --max-queue-size 32768
# check SIZE FEATURE SLOTS
check() {
	rm -f "$dir/stats"
	fio_ok --name=j --rw=randwrite --bsrange=512-4k --size=512k --iodepth=64 --vblk_ring=packed \
		--vblk_queue_size="$1" --vblk_features="$2" --verify=crc32c --vblk_stats="$dir/stats" \
		--filename="$sock"
	expect_ring packed "$1"
	if [ "$3" -lt 64 ]; then
		expect_line "a ring of $1 holds $3 requests at a time" "$dir/out"
		expect_stat '.[0].ring_full > 0'
		expect_stat ".[0].largest_depth == $3"
	else
		expect_stat '.[0] | .ring_full == 0 and .largest_depth > 1 and .largest_depth <= 64'
	fi
}
check 3 +indirect_desc 3
check 3 -indirect_desc 1
check 7 -indirect_desc 2
check 100 -indirect_desc 33
check 255 +indirect_desc 255
check 32768 -indirect_desc 10922
stop_fake
start_file_device b 256k
for how in "7 -" "255 +" "32768 -"; do
	cross_check "--rw=randwrite --bsrange=512-4k --size=256k --iodepth=64" "--vblk_ring=packed \
		--vblk_queue_size=${how% *} --vblk_features=${how#* }indirect_desc"
	expect_ring packed "${how% *}"
done
stop_device
