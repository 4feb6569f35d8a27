#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The same job file gives the same job the same queue in every run.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
cat >"$dir/jobs" <<END
[global]
filename=$sock
rw=randread
bs=4k
size=64k
vblk_stats=$dir/stats
[a]
[b]
numjobs=2
[c]
stonewall
[d]
END
for run in 1 2 3; do
	rm -f "$dir/stats"
	fio_ok "$dir/jobs"
	[ "$(queue_stats -sc 'sort_by(.job_number) | map(.queue)')" = '[0,1,2,0,1]' ] ||
		fail "run $run: $(cat "$dir/stats")"
done
stop_fake
