#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The smallest and the largest rings, and packed rings whose size is not a power of two, on devices
# that offer both layouts. With direct and indirect descriptors data verifies, and if the ring is
# smaller than iodepth=, fio waits for room.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --max-queue-size 32768
# check RING SIZE FEATURE SLOTS: run a job on such a ring and expect that it holds SLOTS requests.
check() {
	rm -f "$dir/stats"
	fio_ok --name=j --rw=randwrite --bsrange=512-4k --size=512k --iodepth=64 --vblk_ring="$1" \
		--vblk_queue_size="$2" --vblk_features="$3" --verify=crc32c --vblk_stats="$dir/stats" \
		--filename="$sock"
	expect_ring "$1" "$2"
	if [ "$4" -lt 64 ]; then
		expect_line "a ring of $2 holds $4 requests at a time" "$dir/out"
		expect_stat '.[0].ring_full > 0'
		expect_stat ".[0].largest_depth == $4"
	else
		expect_stat '.[0] | .ring_full == 0 and .largest_depth > 1 and .largest_depth <= 64'
	fi
}
check split 4 +indirect_desc 4
check split 4 -indirect_desc 1
check split 32768 +indirect_desc 32768
check split 32768 -indirect_desc 10922
check packed 3 +indirect_desc 3
check packed 3 -indirect_desc 1
check packed 7 -indirect_desc 2
check packed 100 -indirect_desc 33
check packed 255 +indirect_desc 255
check packed 32768 -indirect_desc 10922
stop_fake
start_file_device b 256k
for how in "split 4 -" "split 4 +" "split 32768 +" "packed 7 -" "packed 255 +" "packed 32768 -"; do
	# shellcheck disable=SC2086
	set -- $how
	cross_check "--rw=randwrite --bsrange=512-4k --size=256k --iodepth=64" \
		"--vblk_ring=$1 --vblk_queue_size=$2 --vblk_features=$3indirect_desc"
	expect_ring "$1" "$2"
done
stop_device
