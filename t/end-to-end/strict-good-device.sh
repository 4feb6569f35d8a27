#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_strict=1 a correct device works as it does without: reads, writes, flushes, trims,
# zones, and sleeping jobs.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_device a
for ring in packed split; do
	for wait in hybrid block; do
		fio_ok --name=j --rw=randrw --bs=4k --size=1M --iodepth=8 --fsync=16 --verify=crc32c --vblk_strict=1 \
			--vblk_ring=$ring --vblk_wait=$wait --vblk_stats="$dir/stats" --filename="$sock"
	done
	fio_ok --name=t --rw=trim --bs=64k --size=1M --vblk_strict=1 --vblk_ring=$ring --vblk_stats="$dir/stats" \
		--filename="$sock"
done
stop_device
start_device z --zoned --zone-size 1M --size 16M
fio_ok --name=z --rw=randwrite --bs=64k --size=4M --zonemode=zbd --direct=1 --verify=crc32c --vblk_strict=1 \
	--vblk_stats="$dir/stats" --filename="$sock"
stop_device
expect_stat 'length == 7 and all(.errors == 0 and .missed_notifications == 0 and .short_used_lengths == 0 and .long_used_lengths == 0)'
