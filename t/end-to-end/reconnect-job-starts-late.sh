#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Jobs may start while the back-end is away, and others may have ended: a queue that no job uses is
# prepared for the next connection as well, and a starting job waits for the device.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for thread in 0 1; do
	: >"$dir/stats"
	start_fake a --queues 3 --log-requests --features +ring_packed
	# While the back-end is away, 'a' has ended, 'b' is running, and 'c' starts.
	start_fio --bs=4k --size=1M --iodepth=8 --filename="$sock" --vblk_reconnect=120s --thread=$thread \
		--vblk_stats="$dir/stats" --name=a --rw=write --verify=crc32c \
		--name=b --rw=randrw --offset=4M --time_based --runtime=6 \
		--name=c --rw=randwrite --verify=crc32c --offset=8M --startdelay=2
	wait_until 30 has 1 '"job":"a"' "$dir/stats" || fail "the first job does not end"
	kill -KILL "$fake"
	wait "$fake" 2>/dev/null
	sleep 2.5
	rm -f "$sock" "$log"
	start_fake a --queues 3 --log-requests --features +ring_packed
	finish_fio 60
	[ $rc -eq 0 ] || fail "thread=$thread: fio ended with status $rc"
	expect_stat 'length == 3 and all(.errors == 0)'
	expect_stat 'map(select(.job == "b")) | .[0].reconnects == 1'
	stop_fake
	rm -f "$sock" "$log" "$dir/stats"
done
