#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_queue_size=2048, qemu-storage-daemon accepts a ring of more than 1024 entries: the depth
# is reached and all data verifies.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=1500 --vblk_queue_size=2048 --verify=crc32c --vblk_io_timeout=10s \
	--vblk_stats="$dir/stats" --filename="$sock"
expect_line 'ring of 2048,' "$dir/out"
[ "$(queue_stats .largest_depth)" -gt 1024 ] || fail "the depth was not reached"
psync_ok --name=j --rw=randwrite --bs=4k --verify=crc32c --verify_only --filename="$img"
