#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that includes the data of writes in its used lengths, as libvhost-user's sample does,
# works: every run succeeds, and one message per device reports the lengths. With vblk_strict=1 the
# first write ends the job.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --long-used
for ring in packed split; do
	for features in +indirect_desc -indirect_desc +in_order; do
		rm -f "$dir/stats"
		fio_ok --rw=randwrite --bs=4k --size=256k --iodepth=8 --verify=crc32c --vblk_ring=$ring \
			--vblk_features=$features --vblk_stats="$dir/stats" --filename="$sock" --offset_increment=1M --numjobs=2 \
			--name=j
		expect_stat 'length == 2 and all(.errors == 0 and .reads == 64 and .writes == 64)'
		[ $features = +in_order ] || expect_stat 'all(.long_used_lengths == 64)'
		expect_count 1 'device reported [0-9]+ used lengths larger' "$dir/out"
	done
	run_fio --name=j --rw=randwrite --bs=4k --size=256k --iodepth=8 --vblk_strict=1 --vblk_ring=$ring --filename="$sock"
	[ $rc -ne 0 ] || fail "$ring: fio succeeded"
	expect_one_line '/a.sock: queue 0: device error: used length 4097 is more than the request.s device-writable bytes \(vblk_strict\)'
	fio_ok --name=j --rw=randread --bs=4k --size=256k --iodepth=8 --vblk_strict=1 --vblk_ring=$ring --filename="$sock"
done
stop_fake
