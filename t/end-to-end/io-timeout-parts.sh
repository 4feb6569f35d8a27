#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A transfer that takes several requests, or a write followed by a flush, may take longer than
# vblk_io_timeout in total: the timeout applies to each request, so a device that completes one
# request after the other in time is not stuck. A wakeup for one of these requests is not counted as
# spurious. A wakeup for a request that was taken just before is.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
# 16 requests of 300 ms each, at most four at a time.
start_device a --size-max 4096 --seg-max 2 --delay-us 300000
fio_ok --name=split --rw=write --bs=128k --size=128k --vblk_queue_size=16 --vblk_features=-indirect_desc \
	--vblk_io_timeout=1 --vblk_wait=block --vblk_stats="$dir/stats" --filename="$sock"
expect_stat '.[0] | .writes == 16 and .split_transfers == 1 and .errors == 0 and .wakeups - .spurious_wakeups >= 2'
stop_device
start_device b --delay-us 700000
fio_ok --name=sync --rw=write --bs=4k --size=8k --sync=1 --vblk_io_timeout=1 --filename="$sock"
stop_device
