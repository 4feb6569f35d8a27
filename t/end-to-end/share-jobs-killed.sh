#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If jobs that share a queue are killed, at random times, the other jobs continue and verify what they
# wrote, and later jobs can use the queue. A job that is killed while it holds the lock of the queue ends
# the queue: one line says so, and no job hangs. ROUNDS sets the number of rounds per vblk_wait mode.
# sanitizers: no (fio frees the options of killed jobs twice)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
double_free_of_fio=expected
ROUNDS=${ROUNDS:-3}
start_file_device a 64M --queues 1
for wait in block spin hybrid; do
	round=0
	while [ $round -lt "$ROUNDS" ]; do
		round=$((round + 1))
		start_fio --rw=randwrite --bs=4k --size=2M --offset_increment=4M --iodepth=8 --verify=crc32c --numjobs=8 \
			--output-format=json --vblk_wait=$wait --vblk_io_timeout=20s --filename="$sock" \
			--name=first --loops=1000 --runtime=2 --time_based \
			--name=second --stonewall
		wait_until 20 has_children "$fio" 8 || fail "there are no eight job processes"
		sleep 0.$((round * 37 % 10))
		for victim in $(children "$fio" | sed -n '3p;6p'); do
			kill -KILL "$victim"
		done
		finish_fio 60
		expect_no_line 'verify:|bad magic' "$dir/err"
		if grep -q 'a job was killed while it held the lock' "$dir/err"; then
			expect_count 1 'queue 0: a job was killed while it held the lock' "$dir/err"
			continue
		fi
		[ "$(report '[.jobs[] | select(.jobname == "first" and .error == 0)] | length')" -ge 6 ] ||
			fail "$wait, round $round: jobs failed that were not killed"
		[ "$(report '[.jobs[] | select(.jobname == "second" and .error == 0 and .read.total_ios == 512)] | length')" = 8 ] ||
			fail "$wait, round $round: not all later jobs verified what they wrote"
	done
done
stop_device
