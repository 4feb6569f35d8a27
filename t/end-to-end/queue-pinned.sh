#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_queue= gives a job the queue it names, and the other jobs get the remaining queues in job
# order.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
cat >"$dir/jobs" <<END
[global]
filename=$sock
rw=randread
bs=4k
size=256k
vblk_stats=$dir/stats
[pinned]
vblk_queue=2
[first]
[second]
[third]
END
fio_ok "$dir/jobs"
[ "$(queue_stats -sc 'map({(.job): .queue}) | add' | jq -c '[.pinned, .first, .second, .third]')" = '[2,0,1,3]' ] ||
	fail "the jobs got other queues: $(cat "$dir/stats")"
stop_fake
