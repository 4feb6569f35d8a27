#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "capacity": the next driver sees this size. Invalid sizes are refused.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --orders "$dir/orders" --size 16M
order capacity 8388608
fio_ok --name=j --rw=read --bs=1M --filename="$sock"
expect_line '8 MiB, blocks of 512' "$dir/out"
order capacity 16777216
fio_ok --name=j --rw=read --bs=1M --filename="$sock"
expect_line '16 MiB, blocks of 512' "$dir/out"
for text in "capacity" "capacity 0" "capacity x" "capacity 513" "capacity 8388608 2"; do
	echo "$text" 1<>"$dir/orders"
	wait_until 5 grep -Fqx "vblk-device: bad order: $text" "$sock.said" || fail "not refused: $text"
done
stop_device
