#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that comes back as a different device is refused with a message that says what has
# changed: capacity, block size, limits, number of queues, features in use, read-only. A device that
# only lost EVENT_IDX is accepted.
. "${srcdir:-.}/t/end-to-end/lib.sh"

# returns OPTIONS-BEFORE OPTIONS-AFTER: start jobs on a back-end, kill the back-end while the jobs
# run, and start it again with other options.
returns() {
	# shellcheck disable=SC2086
	start_fake a --queues 2 --log-requests $1
	start_fio --rw=randrw --bs=4k --size=1M --time_based --runtime=300 --iodepth=8 --filename="$sock" \
		--vblk_reconnect=60s --name=a --name=b
	wait_until 30 has 100 '^REQUEST' "$log" || fail "no request reached the device"
	kill -KILL "$fake"
	wait "$fake" 2>/dev/null
	rm -f "$sock" "$log"
	# shellcheck disable=SC2086
	start_fake a --queues 2 --log-requests $2
}

refused() {
	returns "$1" "$2"
	finish_fio 60
	[ $rc -ne 0 ] || fail "$2: fio succeeded"
	expect_one_line "$sock: back-end came back $3.* with [0-9]+ requests in flight"
	stop_fake
}

refused "" "--size 32M" "with a capacity of 33554432 bytes instead of 67108864"
refused "--block-size 512" "--block-size 4096" "with logical blocks of 4096 bytes instead of 512"
refused "" "--seg-max 64" "with a lower seg_max"
refused "" "--queues 1" "with fewer queues"
refused "--features +ring_packed" "--features -ring_packed" "without ring_packed, which was in use"
refused "" "--features -indirect_desc,-flush" "without flush,.*indirect_desc, which was in use"
refused "" "--features +ro" "read-only"
refused "" "--features -version_1" "changed: device does not offer VIRTIO_F_VERSION_1"

for features in "-event_idx" "+ring_packed,-event_idx"; do
	returns "--features +event_idx,${features%,*}" "--features $features"
	wait_until 60 has 200 '^REQUEST' "$log" || fail "the jobs did not continue without event_idx"
	kill -INT "$fio"
	finish_fio 30
	[ ! -s "$dir/err" ] || expect_no_line '^vblk:' "$dir/err"
	stop_fake
done
