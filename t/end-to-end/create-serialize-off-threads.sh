#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With create_serialize=0 and threads, the first job sets up the device, once for all jobs.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
fio_ok --name=j --thread=1 --numjobs=4 --create_serialize=0 --rw=randwrite --bs=4k --size=512k --offset_increment=1M \
	--iodepth=8 --verify=crc32c --filename="$sock"
expect_count 1 '^CONNECT' "$log"
expect_count 1 '^vblk: ' "$dir/out"
stop_fake
