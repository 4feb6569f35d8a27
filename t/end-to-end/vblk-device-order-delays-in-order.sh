#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "delay" on a device that completes requests in order: all requests after the delayed one
# wait too, and nothing else goes wrong.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "packed" "split" "packed --poll"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_device a --in-order --orders "$dir/orders" "$@"
	order delay=500 20 write
	order delay=500 21 read
	fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --vblk_ring="$ring" \
		--vblk_features=+in_order --verify=crc32c --write_lat_log="$dir/log" --filename="$sock"
	slow=$(awk -F', ' '$2 >= 450000000' "$dir"/log_clat.1.log | wc -l)
	[ "$slow" -ge 14 ] || fail "$how: only $slow requests waited"
	stop_device
done
