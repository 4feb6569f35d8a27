#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that comes back without event_idx: queues without a job at that moment, whether an
# earlier job had used them or not, also switch to the other event suppression.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for ring in split packed; do
	# Queue 0 has a job during the reconnect; queue 1 had one before; queue 2 never had one.
	offer="--queues 3 --log-requests"
	[ $ring = split ] || offer="$offer --features +ring_packed"
	: >"$dir/stats"
	# shellcheck disable=SC2086
	start_fake a $offer
	start_fio --bs=4k --size=1M --iodepth=4 --offset_increment=1M --filename="$sock" --vblk_ring=$ring --vblk_wait=block \
		--vblk_reconnect=60s --vblk_stats="$dir/stats" --name=long --rw=randread --time_based --runtime=3 \
		--name=early --rw=read --name=later --stonewall --numjobs=3 --rw=randwrite --verify=crc32c
	wait_until 30 has 1 '"job":"early"' "$dir/stats" || fail "$ring: the first job does not end"
	kill -KILL "$fake"
	wait "$fake" 2>/dev/null
	rm -f "$sock" "$log"
	features=-event_idx
	[ $ring = split ] || features=+ring_packed,-event_idx
	start_fake a --queues 3 --log-requests --features "$features"
	finish_fio 40
	[ $rc -eq 0 ] || fail "$ring: fio ended with status $rc"
	expect_count 1 'back-end is back after' "$dir/out"
	expect_stat 'map(select(.job == "long")) | all(.reconnects == 1)'
	expect_stat 'map(select(.job == "later") | .queue) | sort == [0, 1, 2]'
	expect_stat 'all(.errors == 0)'
	stop_fake
	rm -f "$sock" "$log" "$dir/stats"
done
