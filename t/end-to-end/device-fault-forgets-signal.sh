#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that omits a notification delays a sleeping job but does not stop it. The missed
# notification is counted and reported. With vblk_strict=1 it ends the job.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
# The device has a notification to omit only if the driver sleeps at that request, so try several.
for n in 100 120 140 160 180 200; do
	start_fake a --forget-signal $n
	rm -f "$dir/stats"
	fio_ok --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=1M --iodepth=4 \
		--vblk_wait=block --verify=crc32c --vblk_stats="$dir/stats" --filename="$sock"
	stop_fake
	grep -q '^FORGET' "$log" || continue
	expect_stat '.[0].missed_notifications >= 1'
	expect_count 1 "^vblk: $sock: job 'j': device completed [0-9]+ requests without a notification while the job slept" "$dir/out"
	break
done
grep -q '^FORGET' "$log" || fail "the device never had a notification to omit"
# With sync=1, the device owes a notification for the write and for the flush that follows.
for sync in 0 1; do
	for n in 100 120 140 160 180 200 220 221; do
		start_fake b$sync$n --forget-signal $n
		run_fio --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=1M --iodepth=4 --vblk_wait=block \
			--sync=$sync --vblk_strict=1 --filename="$sock"
		stop_fake
		! grep -q '^FORGET' "$log" || break
	done
	grep -q '^FORGET' "$log" || fail "the device never had a notification to omit"
	[ $rc -ne 0 ] || fail "fio succeeded, sync=$sync"
	expect_one_line "job 'j': queue 0: device error: a request completed, but the device sent no notification \\(vblk_strict\\)"
done
