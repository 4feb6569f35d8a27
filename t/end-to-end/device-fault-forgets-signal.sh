#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that forgets a signal delays a sleeper, and does not stop it; that it did is counted, and
# told of. With vblk_strict=1 it ends the job.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
# Where the driver was not asleep there was nothing to forget.
for n in 100 120 140 160 180 200; do
	start_fake a --forget-signal $n
	rm -f "$dir/stats"
	fio_ok --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=1M --iodepth=4 \
		--vblk_wait=block --verify=crc32c --vblk_stats="$dir/stats" --filename="$sock"
	stop_fake
	grep -q '^FORGET' "$log" || continue
	expect_stat '.[0].missed_notifications >= 1'
	expect_count 1 "^vblk: $sock: job 'j': device missed a notification: [0-9]+ requests were used while it slept" "$dir/out"
	break
done
grep -q '^FORGET' "$log" || fail "no signal was ever due"
# Of a write and the flush behind it both are owed one.
for sync in 0 1; do
	for n in 100 120 140 160 180 200 220 221; do
		start_fake b$sync$n --forget-signal $n
		run_fio --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=1M --iodepth=4 --vblk_wait=block \
			--sync=$sync --vblk_strict=1 --filename="$sock"
		stop_fake
		! grep -q '^FORGET' "$log" || break
	done
	grep -q '^FORGET' "$log" || fail "no signal was ever due"
	[ $rc -ne 0 ] || fail "fio succeeded, sync=$sync"
	expect_one_line "job 'j': queue 0: device error: a request was used, and the notification of it did not come \\(vblk_strict\\)"
done
