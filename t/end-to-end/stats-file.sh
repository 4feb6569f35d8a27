#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_stats= appends one JSON line per queue. Its counts equal fio's own, with both ring layouts.
# Data descriptors are counted, including those of trims.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
for how in "split + 1" "split - 4" "packed + 4" "packed - 4"; do
	# shellcheck disable=SC2086
	set -- $how
	rm -f "$dir/stats"
	fio_ok --name=j --numjobs=2 --rw=randrw --bs=4k --size=512k --iodepth=8 --fsync=16 --vblk_ring="$1" \
		--vblk_features="$2indirect_desc" --vblk_segments="$3" --filename="$sock" --vblk_stats="$dir/stats" \
		--output-format=json
	[ "$(queue_stats -s length)" = 2 ] || fail "not one line per job"
	for pair in reads:read.total_ios writes:write.total_ios flushes:sync.total_ios; do
		counted=$(queue_stats -s "map(.${pair%:*}) | add")
		fios=$(json "[.jobs[].${pair#*:}] | add")
		[ "$counted" = "$fios" ] || fail "$how: $counted ${pair%:*}, but fio says $fios"
		[ "$counted" -gt 0 ] || fail "$how: no ${pair%:*}"
	done
	expect_stat 'map(.queue) | sort == [0,1]'
	expect_stat "all(.data_descriptors == (.reads + .writes) * $3)"
	expect_stat 'all(.errors == 0 and .short_used_lengths == 0)'
	expect_stat 'all(.largest_depth > 1 and .largest_depth <= 8)'
	expect_stat 'all(.kicks + .kicks_suppressed == .publishes and .kicks > 0)'
	[ "$(queue_stats -s 'map(.device) | unique')" = "$(jq -n --arg sock "$sock" '[$sock]')" ] || fail "the device is not named"
done
for ring in split packed; do
	fio_ok --name=t --rw=trim --bs=64k --size=1M --vblk_ring=$ring --filename="$sock" --vblk_stats="$dir/stats"
	expect_stat '.[-1] | .discards == 16 and .data_descriptors == 16'
done
expect_stat 'length == 4'
stop_fake
