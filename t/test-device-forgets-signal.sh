#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that forgets a signal delays a sleeper, and does not stop it; that it did is counted, and
# told of.
. "${srcdir:-.}/t/lib.sh"

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
	exit 0
done
fail "no signal was ever due"
