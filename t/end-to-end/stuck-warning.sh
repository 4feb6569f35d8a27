#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# After half of vblk_io_timeout without a completion, the user is told once what the device is
# working on and for how long: the oldest request, the ring indices, and the number of notifications
# sent. A device that completes the request later is no error.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for ring in "split:available index [0-9]+, used index [0-9]+, driver.s position in the used ring [0-9]+" \
	"packed:next available descriptor [0-9]+ with wrap counter [01], next used descriptor [0-9]+ with wrap counter [01]"; do
	start_device a --size 1M --order "delay=1500 20 write" --orders "$dir/orders"
	fio_ok --name=j --rw=write --bs=4k --size=1M --iodepth=1 --vblk_ring="${ring%%:*}" --vblk_io_timeout=2s \
		--filename="$sock"
	expect_count 1 "^vblk: $sock: job 'j' has waited for 1\\.[0-9] s for a completion, with 1 requests outstanding; the oldest is a write of 4096 \
bytes at offset 77824, issued [0-9.]+ s ago; queue 0: ${ring#*:}.* [0-9]+ notifications sent\$" "$dir/out"
	expect_no_line '^vblk:' "$dir/err"
	order drop 20 read
	fio_fails "$sock: job 'j': no completion for 2\\.[0-9] s with [0-9]+ requests outstanding \\(vblk_io_timeout\\)" --name=j \
		--rw=read --bs=4k --size=1M --iodepth=1 --vblk_ring="${ring%%:*}" --vblk_io_timeout=2s --filename="$sock"
	expect_count 1 "has waited for 1\\.[0-9] s .* the oldest is a read" "$dir/out"
	kill -KILL "$device"
	wait "$device" 2>/dev/null
	rm -f "$sock"
done
