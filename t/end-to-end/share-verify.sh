#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Jobs share queues if there are more jobs than queues: 2, 8 and 64 verifying jobs on 1 and 2 queues,
# as processes and threads, with every kind of ring and every vblk_wait mode. No block is bad, psync
# finds in the image what the jobs wrote, and each job has its own statistics.
#
# EVERY=1 runs every combination; by default each value appears in some of them.
# quick: yes
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
n=0
for queues in 1 2; do
	start_file_device a 128M --queues $queues --in-order
	for jobs in 2 8 64; do
		for ring in split packed; do
			for features in +indirect_desc -indirect_desc +in_order; do
				for wait in spin block hybrid; do
					n=$((n + 1))
					[ "${EVERY:-0}" = 1 ] || [ $((n % 7)) = $((queues % 7)) ] || continue
					rm -f "$dir/stats"
					fio_ok --name=j --rw=randwrite --bs=4k --size=256k --iodepth=4 --verify=crc32c \
						--numjobs=$jobs --offset_increment=1M --thread=$((n % 2)) --vblk_wait=$wait \
						--vblk_ring=$ring --vblk_features=$features --vblk_stats="$dir/stats" \
						--filename="$sock"
					[ $jobs -le $queues ] || expect_line "$jobs jobs on $queues of $queues queue" "$dir/out"
					expect_stat "length == $jobs and all(.errors == 0 and .reads == 64 and .writes == 64)"
					psync_ok --name=j --rw=randwrite --bs=4k --size=256k --verify=crc32c --verify_only \
						--numjobs=$jobs --offset_increment=1M --filename="$dir/a.img"
				done
			done
		done
	done
	stop_device
	rm -f "$dir/a.img" "$sock"
done
