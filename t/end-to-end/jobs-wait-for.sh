#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that waits for another one (wait_for=) takes over its queue: a device with one queue is
# enough.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --queues 1
cat >"$dir/jobs" <<END
[global]
filename=$sock
bs=4k
size=256k
iodepth=8
verify=crc32c
vblk_stats=$dir/stats
[writer]
rw=write
do_verify=0
[reader]
rw=read
wait_for=writer
END
fio_ok "$dir/jobs"
[ "$(queue_stats -s 'map([.job, .queue]) == [["writer", 0], ["reader", 0]]')" = true ] || fail "$(cat "$dir/stats")"
stop_fake
