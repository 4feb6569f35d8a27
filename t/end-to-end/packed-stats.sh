#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_stats= with packed rings: its counts are fio's own, and data descriptors are counted, those
# of trims too.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
for features in +indirect_desc -indirect_desc; do
	rm -f "$dir/stats"
	fio_ok --name=j --numjobs=2 --rw=randrw --bs=4k --size=512k --iodepth=8 --fsync=16 \
		--vblk_ring=packed --vblk_features=$features --vblk_segments=4 --filename="$sock" \
		--vblk_stats="$dir/stats" --output-format=json
	[ "$(queue_stats -s length)" = 2 ] || fail "not one line per job"
	for pair in reads:read.total_ios writes:write.total_ios flushes:sync.total_ios; do
		counted=$(queue_stats -s "map(.${pair%:*}) | add")
		fios=$(json "[.jobs[].${pair#*:}] | add")
		[ "$counted" = "$fios" ] || fail "$counted ${pair%:*}, but fio says $fios"
		[ "$counted" -gt 0 ] || fail "no ${pair%:*}"
	done
	expect_stat 'map(.queue) | sort == [0,1]'
	expect_stat 'all(.data_descriptors == (.reads + .writes) * 4)'
	expect_stat 'all(.errors == 0 and .short_used_lengths == 0)'
	expect_stat 'all(.largest_depth > 1 and .largest_depth <= 8)'
	expect_stat 'all(.kicks + .kicks_suppressed == .publishes and .kicks > 0)'
done
rm "$dir/stats"
fio_ok --name=t --rw=trim --bs=64k --size=1M --filename="$sock" --vblk_stats="$dir/stats"
expect_stat '.[0] | .discards == 16 and .data_descriptors == 16'
stop_fake
