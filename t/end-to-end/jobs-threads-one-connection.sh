#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# numjobs=4 with thread=1: four queues, one connection, and the data of every job at its own offset.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
fio_ok --name=j --thread=1 --numjobs=4 --rw=randwrite --bs=4k --size=1M --offset_increment=1M --iodepth=16 \
	--verify=crc32c --filename="$sock"
expect_count 1 '^CONNECT' "$log"
for queue in 0 1 2 3; do
	expect_line "^KICK $queue\$" "$log"
done
stop_fake
start_qsd b
fio_ok --name=j --thread=1 --numjobs=4 --rw=randwrite --bs=4k --size=1M --offset_increment=1M --iodepth=16 \
	--verify=crc32c --do_verify=0 --filename="$sock"
psync_ok --name=j --numjobs=4 --rw=randwrite --bs=4k --size=1M --offset_increment=1M --verify=crc32c --verify_only \
	--filename="$img"
