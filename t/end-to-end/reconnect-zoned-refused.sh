#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Writes to zones cannot be repeated, so on a zoned device a lost back-end ends the jobs at once
# with an error message, despite vblk_reconnect.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --size 8M --zoned --zone-size 1M --order "die 50 write"
fio_fails "$sock: back-end closed the connection \\(vblk_reconnect does not support zoned devices, .*\\), with [0-9]+ requests" \
	--name=j --zonemode=zbd --direct=1 --rw=write --bs=4k --size=8M --iodepth=8 --vblk_reconnect=60s --filename="$sock"
