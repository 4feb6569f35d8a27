#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end cannot truncate the memory that it received, so no job is killed by SIGBUS. Tested
# under load, with ordinary pages, and with huge pages if some are free.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for thread in 0 1; do
	for pages in none auto; do
		start_fake $pages-$thread --shrink-memory=100
		fio_ok --name=j --numjobs=2 --thread=$thread --rw=randrw --bs=4k --size=1M --offset_increment=1M --iodepth=8 \
			--verify=crc32c --vblk_hugepages=$pages --filename="$sock"
		expect_count 1 '^SHRINK: Operation not permitted$' "$log"
		stop_fake
	done
done
