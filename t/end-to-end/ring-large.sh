#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A ring of 1024 entries with iodepth=1000, and a default ring size that grows with iodepth=.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a size=16M
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=1000 --vblk_queue_size=1024 --verify=crc32c --filename="$sock" \
	--vblk_stats="$dir/stats"
expect_line 'ring of 1024,' "$dir/out"
[ "$(queue_stats .largest_depth)" -gt 256 ] || fail "the depth was not reached"
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=400 --verify=crc32c --filename="$sock"
expect_line 'ring of 512,' "$dir/out"
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=300 --vblk_features=-indirect_desc --verify=crc32c --filename="$sock"
expect_line 'ring of 1024,' "$dir/out"
