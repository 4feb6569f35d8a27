#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Jobs of other engines count when queues are assigned. A job that waits (wait_for=) for a delayed
# job of another engine may run at the same time as a later job, so these two get different queues.
# A stonewall of another engine's job separates the jobs before and after it, so these share a
# queue.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a queues=2
cat >"$dir/late.fio" <<END
[other]
ioengine=null
size=1M
rw=write
startdelay=1
[waits]
ioengine=external:$ENGINE
wait_for=other
filename=$sock
rw=randwrite
bs=4k
size=1M
iodepth=8
vblk_stats=$dir/stats
[walled]
ioengine=external:$ENGINE
stonewall
filename=$sock
rw=randread
bs=4k
size=1M
vblk_stats=$dir/stats
END
any_fio "$dir/late.fio"
[ $rc = 0 ] || fail "fio ended with status $rc: late.fio"
[ "$(queue_stats .queue | sort | paste -sd ' ')" = '0 1' ] || fail "'waits' and 'walled' share a queue"

start_qsd b queues=1
cat >"$dir/wall.fio" <<END
[first]
ioengine=external:$ENGINE
filename=$sock
rw=read
size=1M
[other]
ioengine=null
stonewall
size=1M
rw=write
[second]
ioengine=external:$ENGINE
filename=$sock
rw=read
size=1M
END
any_fio "$dir/wall.fio"
[ $rc = 0 ] || fail "fio ended with status $rc: wall.fio"
