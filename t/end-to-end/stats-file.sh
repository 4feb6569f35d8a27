#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_stats= appends one JSON line per queue; its counts are fio's own.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
fio_ok --name=j --numjobs=2 --rw=randrw --bs=4k --size=1M --iodepth=8 --fsync=16 --filename="$sock" \
	--vblk_stats="$dir/stats" --output-format=json
[ "$(queue_stats -s length)" = 2 ] || fail "not one line per job"
for pair in reads:read.total_ios writes:write.total_ios flushes:sync.total_ios; do
	ours=$(queue_stats -s "map(.${pair%:*}) | add")
	fios=$(json "[.jobs[].${pair#*:}] | add")
	[ "$ours" = "$fios" ] || fail "$ours ${pair%:*}, but fio says $fios"
	[ "$ours" -gt 0 ] || fail "no ${pair%:*}"
done
[ "$(queue_stats -sc 'map(.queue) | sort')" = '[0,1]' ] || fail "not two queues"
[ "$(queue_stats -s 'map(.errors) | add')" = 0 ] || fail "errors are counted"
[ "$(queue_stats -s 'map(.device) | unique[0]')" = "\"$sock\"" ] || fail "the device is not named"
fio_ok --name=t --rw=trim --bs=64k --size=1M --filename="$sock" --vblk_stats="$dir/stats"
[ "$(tail -n 1 "$dir/stats" | jq .discards)" = 16 ] || fail "16 discards were wanted"
[ "$(queue_stats -s length)" = 3 ] || fail "the file was not appended to"
stop_fake
