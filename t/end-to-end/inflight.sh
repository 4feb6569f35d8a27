#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_inflight=1: the back-end records its requests in a shared region, which the driver passes to
# the next instance, and this instance continues with them: no request is submitted again, every
# request completes once, and all data verifies. If the back-end does not offer this, the run is
# refused with one message.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
moves() {
	now=$(stat -c %Y.%y "$dir/a.img")
	[ "$now" != "$before" ]
}
for how in "split" "packed" "packed --vblk_wait=spin --thread=1 --vblk_features=-indirect_desc" \
	"split --vblk_wait=block --vblk_features=-event_idx"; do
	ring=${how%% *}
	rm -f "$dir/a.img" "$dir/stats"
	start_file_device a 64M --queues 2 --threads --inflight
	# shellcheck disable=SC2086
	start_fio --rw=randrw --bs=4k --size=16M --time_based --runtime=300 --iodepth=64 --verify=crc32c \
		--verify_backlog=1024 --filename="$sock" --vblk_reconnect=60s --vblk_inflight=1 --vblk_ring=$ring \
		--vblk_stats="$dir/stats" ${how#"$ring"} --name=a --name=b --offset=16M
	for cycle in 1 2; do
		before=$(stat -c %Y.%y "$dir/a.img")
		wait_until 30 moves || fail "$how: the jobs do not write"
		sleep 0.$((($$ * cycle) % 10))
		kill -KILL "$device"
		wait "$device" 2>/dev/null
		! grep -q 'driver broke' "$sock.said" || fail "$how: $(cat "$sock.said")"
		rm -f "$sock"
		start_file_device a 64M --queues 2 --threads --inflight
	done
	before=$(stat -c %Y.%y "$dir/a.img")
	wait_until 30 moves || fail "$how: the jobs do not write any more"
	kill -INT "$fio"
	finish_fio 60
	expect_no_line 'verify:|bad magic|^vblk:' "$dir/err"
	# A slow job may see two reconnects as one.
	expect_stat 'length == 2 and all((.reconnects == 1 or .reconnects == 2) and .errors == 0 and .resubmitted == 0)'
	stop_device
done

# A request that the old back-end had taken but not completed is not lost: the new instance finds it
# in the region.
start_file_device b 1M --inflight --order "drop 20 write" --orders "$dir/orders"
start_fio --name=j --rw=write --bs=4k --size=1M --iodepth=8 --filename="$sock" --vblk_reconnect=60s --vblk_inflight=1 \
	--verify=crc32c --do_verify=0
wait_until 20 written "$img" || fail "nothing reached the device"
nap 300
kill -KILL "$device"
wait "$device" 2>/dev/null
rm -f "$sock"
start_file_device b 1M --inflight
finish_fio 60
[ $rc -eq 0 ] || fail "fio ended with status $rc"
psync_ok --name=j --rw=write --bs=4k --size=1M --verify=crc32c --verify_only --filename="$img"
stop_device

start_device c --size 1M
fio_fails "$sock: back-end does not offer VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD \\(vblk_inflight\\)" --name=j --rw=read \
	--bs=4k --vblk_inflight=1 --filename="$sock"
# The region is used even without vblk_reconnect.
start_device d --size 1M --inflight
fio_ok --name=j --rw=randrw --bs=4k --verify=crc32c --iodepth=8 --vblk_inflight=1 --filename="$sock"
stop_device
