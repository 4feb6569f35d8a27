#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job with startdelay= has its own queue and runs while another job uses the device.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
cat >"$dir/jobs" <<END
[global]
filename=$sock
rw=randwrite
bs=4k
size=256k
iodepth=8
verify=crc32c
vblk_stats=$dir/stats
[now]
[later]
startdelay=1
offset=1M
END
fio_ok "$dir/jobs"
[ "$(queue_stats -s 'map(.queue) | sort == [0, 1]')" = true ] || fail "not two queues: $(cat "$dir/stats")"
expect_count 1 '^CONNECT' "$log"
stop_fake
