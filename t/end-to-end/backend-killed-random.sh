#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that is killed at a random moment, under any load, soon ends the run: one message with
# the reason and the number of requests in flight, every job with an error, and no process left.
# This holds for every ring layout, vblk_wait mode and number of queues, for processes and threads.
#
# KILLS sets the number of kills (default 8), SEED repeats a run.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

seed=${SEED:-$(new_seed)}
kills=${KILLS:-8}
echo "seed $seed, $kills kills"

# start_any: start a random kind of back-end. Sets $device or $qsd, $pid, and $ring, engine options
# that this kind of back-end supports.
start_any() {
	pick qsd device device
	case $drawn in
	qsd)
		pick "" "--vblk_features=-indirect_desc" "--vblk_features=-event_idx"
		ring=$drawn
		start_qsd a queues=4
		pid=$qsd
		;;
	device)
		pick split packed
		ring=--vblk_ring=$drawn
		pick "" -indirect_desc -event_idx +in_order +in_order,-indirect_desc
		ring="$ring ${drawn:+--vblk_features=$drawn}"
		pick "" --poll --threads
		# shellcheck disable=SC2086
		start_file_device a 16M --queues 4 --in-order $drawn
		pid=$device
		;;
	esac
}

slowest=0 flights=
kill=1
while [ "$kill" -le "$kills" ]; do
	draws_from "$seed" "$kill"
	start_any
	pick spin block hybrid
	how="$ring --vblk_wait=$drawn"
	pick 0 1
	how="$how --thread=$drawn"
	pick 1 2 4
	jobs=$drawn
	pick 1 2 16 64
	how="$how --numjobs=$jobs --iodepth=$drawn"
	pick "--rw=randwrite" "--rw=randwrite --fsync=4" "--rw=randrw" "--rw=randwrite --iodepth_batch_submit=16" \
		"--rw=randrw --iodepth_batch_complete_min=8" "--rw=randrw --bs=4k-64k" "--rw=trimwrite"
	how="$how --bs=4k $drawn"
	draw 400
	# shellcheck disable=SC2086
	start_fio --name=j --time_based --runtime=300 $how --filename="$sock"
	wait_until 20 written "$img" || fail "$how: no request reached the device"
	nap "$drawn"
	alive "$fio" || fail "$how: fio ended by itself"
	began=$(date +%s%N)
	kill -KILL "$pid"
	wait_until 15 gone "$fio" || fail "kill $kill: $how: fio still runs 15 s after its back-end was killed (SEED=$seed)"
	took=$((($(date +%s%N) - began) / 1000000))
	[ $took -le $slowest ] || slowest=$took
	finish_fio 1
	[ $rc -ne 0 ] && [ $rc -lt 126 ] || fail "kill $kill: $how: fio ended with status $rc (SEED=$seed)"
	expect_one_line "/a.sock: back-end closed the connection, with [0-9]+ requests in flight"
	flights="$flights $(sed -n 's/.* with \([0-9]*\) requests in flight.*/\1/p' "$dir/err")"
	expect_count "$jobs" 'err=19 .*No such device' "$dir/out"
	expect_no_line 'driver broke' "$sock.said"
	wait "$pid" 2>/dev/null
	rm -f "$img" "$sock"
	kill=$((kill + 1))
done
echo "longest time to fio's end: $slowest ms; requests in flight:$flights"
