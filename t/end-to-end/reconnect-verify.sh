#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_reconnect=: jobs that verify continue after the back-end was killed and restarted several
# times, at depth 128, with one queue and several, as processes and threads, in every vblk_wait
# mode. No block is bad, every request completes exactly once, and the time without service is
# reported.
#
# CYCLES sets the number of restarts per device (default 3).
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
CYCLES=${CYCLES:-3}
LIMIT=120

serve() {
	rm -f "$dir/a.sock"
	case $device_kind in
	qsd) start_qsd a size=64M && backend=$qsd ;;
	*) start_file_device a 64M --queues 4 --threads --in-order && backend=$device ;;
	esac
}

# moves: true if the image changed since $before, so the jobs are writing.
moves() {
	now=$(stat -c %Y.%y "$dir/a.img")
	[ "$now" != "$before" ]
}

lines() {
	[ "$(grep -c 'is back after [0-9.]* s without service' "$dir/out" "$dir/err" | awk -F: '{ n += $2 } END { print n }')" -ge "$1" ]
}

for how in "qsd" "qsd --vblk_wait=spin --thread=1" "packed --vblk_ring=packed --vblk_wait=block" \
	"split --vblk_ring=split --vblk_features=-indirect_desc,+in_order --thread=1" "qsd --vblk_share=1" \
	"packed --vblk_ring=packed --vblk_wait=block --vblk_share=1" \
	"split --vblk_ring=split --vblk_features=+in_order --vblk_wait=spin --thread=1 --vblk_share=1"; do
	device_kind=${how%% *}
	options=${how#"$device_kind"}
	rm -f "$dir/a.img" "$dir/stats"
	serve
	# shellcheck disable=SC2086
	start_fio --rw=randrw --bs=4k --size=16M --time_based --runtime=300 --iodepth=128 --verify=crc32c \
		--verify_backlog=1024 --filename="$sock" --vblk_reconnect=60s --vblk_stats="$dir/stats" $options \
		--name=a --name=b --offset=16M --name=c --offset=32M
	cycle=0
	while [ $cycle -lt "$CYCLES" ]; do
		before=$(stat -c %Y.%y "$dir/a.img")
		wait_until 30 moves || fail "$how: the jobs do not write"
		sleep 0.$(((cycle * 7 + $$) % 9))
		kill -KILL "$backend"
		wait "$backend" 2>/dev/null
		! grep -q 'driver broke' "$sock.said" || fail "$how: $(cat "$sock.said")"
		serve
		cycle=$((cycle + 1))
		wait_until 30 lines $cycle || fail "$how: return $cycle was not reported"
	done
	before=$(stat -c %Y.%y "$dir/a.img")
	wait_until 30 moves || fail "$how: the jobs do not write after the last return"
	kill -INT "$fio"
	finish_fio 60
	expect_no_line 'verify:|bad magic|error=' "$dir/err"
	# One message per return for the device, not one for each of the three jobs.
	[ "$(grep -c 'is back after' "$dir/out")" = "$CYCLES" ] || fail "$how: the number of messages is not that of the returns"
	# A job that is slow to notice may see fewer reconnects.
	expect_stat "length == 3 and all(.reconnects >= 1 and .reconnects <= $CYCLES and .errors == 0)"
	expect_stat 'map(.resubmitted) | add >= 128'
	case $device_kind in
	qsd) kill -TERM "$backend" && wait "$backend" ;;
	*) stop_device ;;
	esac
	rm -f "$sock"
done

# After two restarts, psync finds all that a job wrote, and no request was counted twice.
device_kind=qsd
rm -f "$dir/a.img" "$dir/stats"
serve
start_fio --name=w --rw=randwrite --bs=4k --size=32M --iodepth=128 --verify=crc32c --do_verify=0 --rate_iops=4000 \
	--filename="$sock" --vblk_reconnect=60s --output-format=json
cycle=0
while [ $cycle -lt 2 ]; do
	before=$(stat -c %Y.%y "$dir/a.img")
	wait_until 30 moves || fail "the job does not write"
	kill -KILL "$backend"
	wait "$backend" 2>/dev/null
	serve
	cycle=$((cycle + 1))
done
finish_fio 60
[ $rc -eq 0 ] || fail "the writer ended with status $rc"
[ "$(report '.jobs[0].write.total_ios')" = 8192 ] || fail "requests were lost or counted twice"
psync_ok --name=w --rw=randwrite --bs=4k --size=32M --verify=crc32c --verify_only --filename="$img"
