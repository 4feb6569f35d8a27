#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Split rings of 4 and of 32768, the smallest that holds a request and the largest there is, on
# devices that would take a packed one.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --max-queue-size 32768
for how in "4 +indirect_desc 4" "4 -indirect_desc 1" "32768 +indirect_desc 64" \
	"32768 -indirect_desc 64"; do
	# shellcheck disable=SC2086
	set -- $how
	rm -f "$dir/stats"
	fio_ok --name=j --rw=randwrite --bsrange=512-4k --size=512k --iodepth=64 --vblk_ring=split \
		--vblk_queue_size="$1" --vblk_features="$2" --verify=crc32c --vblk_stats="$dir/stats" \
		--filename="$sock"
	expect_ring split "$1"
	expect_stat ".[0].largest_depth <= $3"
	expect_stat "(.[0].ring_full > 0) == ($3 < 64)"
done
stop_fake
start_file_device b 256k
for how in "4 -" "4 +" "32768 +"; do
	cross_check "--rw=randwrite --bsrange=512-4k --size=256k --iodepth=64" "--vblk_ring=split \
		--vblk_queue_size=${how% *} --vblk_features=${how#* }indirect_desc"
	expect_ring split "${how% *}"
done
stop_device
