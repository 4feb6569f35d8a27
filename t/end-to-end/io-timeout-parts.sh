#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A transfer of several requests, or a write with a flush behind it, may take longer than vblk_io_timeout in
# all: a device that answers one request after the other in good time is not stuck. Nor is a wake-up for one of
# them spurious; one is that comes for a request which was taken back just before.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
# 16 requests of 300 ms, four at a time.
start_device a --size-max 4096 --seg-max 2 --delay-us 300000
fio_ok --name=split --rw=write --bs=128k --size=128k --vblk_queue_size=16 --vblk_features=-indirect_desc \
	--vblk_io_timeout=1 --vblk_wait=block --vblk_stats="$dir/stats" --filename="$sock"
expect_stat '.[0] | .writes == 16 and .split_transfers == 1 and .errors == 0 and .wakeups - .spurious_wakeups >= 2'
stop_device
start_device b --delay-us 700000
fio_ok --name=sync --rw=write --bs=4k --size=8k --sync=1 --vblk_io_timeout=1 --filename="$sock"
stop_device
