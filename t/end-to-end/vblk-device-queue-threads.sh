#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Four jobs on four queues of a device with a thread for each queue and packed rings: the data of
# every job is at its own offset, whether jobs are processes or threads.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for thread in 0 1; do
	start_file_device a 2M --queues 4 --threads
	rm -f "$dir/stats"
	cross_check "--numjobs=4 --rw=randwrite --bsrange=512-16k --size=512k --offset_increment=512k \
		--iodepth=16" "--thread=$thread --vblk_ring=packed --vblk_stats=$dir/stats"
	expect_line ', packed ring of 256, 4 of 4 queues,' "$dir/out"
	expect_stat 'map(.queue) | sort == [0,0,1,1,2,2,3,3]'
	expect_stat 'all(.errors == 0 and .reads > 0)'
	stop_device
	rm "$img"
done
