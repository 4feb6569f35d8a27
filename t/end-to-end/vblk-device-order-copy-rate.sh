#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "copy-rate": the device measures and prints how fast it copies, and continues to serve its
# driver. The order is refused if the store is not in memory or an argument is invalid.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --orders "$dir/orders" --size 16M
fio_ok --name=j --rw=write --bs=1M --size=16M --verify=crc32c --do_verify=0 --filename="$sock"
order copy-rate 50
expect_line '^vblk-device: copies [1-9][0-9]{6,} bytes a second$' "$sock.said"
fio_ok --name=j --rw=read --bs=1M --size=16M --verify=crc32c --verify_only --filename="$sock"
for text in "copy-rate" "copy-rate 0" "copy-rate x" "copy-rate 60001" "copy-rate 10 4M" "copy-rate 10 2M 2M"; do
	echo "$text" 1<>"$dir/orders"
	wait_until 5 grep -Fqx "vblk-device: bad order: $text" "$sock.said" || fail "not refused: $text"
done
stop_device
start_device b --orders "$dir/orders" --store null
echo "copy-rate 10" 1<>"$dir/orders"
wait_until 5 grep -Fqx "vblk-device: bad order: copy-rate 10" "$sock.said" || fail "not refused, although nothing is stored"
stop_device
