#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Orders that the device does not understand, or that would contradict what it offered, are refused
# and change nothing.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

refused() {
	echo "$1" 1<>"$dir/orders"
	wait_until 5 grep -Fqx "vblk-device: bad order: $1" "$sock.said" || fail "not refused: $1"
}

start_device a --orders "$dir/orders"
for text in "" "fail" "fail 0" "fail x" "fail 1 reed" "fail 1 read 2" "fail=256 1" "fail= 1" \
	"fail -1" "delay 1" "delay=-1 1" "drop=1 1" "lose 1" "clear 1" "offline 0"; do
	refused "$text"
done
order drop 1000000 zone
fio_ok --name=j --rw=randrw --bs=4k --size=1M --verify=crc32c --filename="$sock"
stop_device
start_device b --in-order --orders "$dir/orders"
refused "drop 1"
refused "reorder 1"
order delay=1 1
stop_device
status=0
"$builddir/t/vblk-device/vblk-device" --socket "$dir/c.sock" --order "fail 0" >"$dir/out" 2>"$dir/err" || status=$?
[ $status -eq 1 ] || fail "a device with a bad order on its command line started"
expect_line 'bad order: fail 0' "$dir/err"
