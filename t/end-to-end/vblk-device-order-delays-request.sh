#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "delay": exactly this request is delayed. Other requests complete in the meantime, whether
# the device polls or sleeps.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "packed" "split --no-indirect" "packed --poll" "split --threads"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_device a --orders "$dir/orders" "$@"
	order delay=1000 20 read
	# At the end of a job, fio waits for all outstanding requests together, so the delay must be
	# over before.
	fio_ok --name=j --rw=randread --bs=4k --time_based --runtime=2 --rate_iops=4000 --iodepth=8 \
		--vblk_ring="$ring" --write_lat_log="$dir/log" --filename="$sock"
	slow=$(awk -F', ' '$2 >= 1000000000' "$dir"/log_clat.1.log | wc -l)
	[ "$slow" = 1 ] || fail "$how: $slow requests took 1 s"
	slow=$(awk -F', ' '$2 >= 700000000' "$dir"/log_clat.1.log | wc -l)
	[ "$slow" = 1 ] || fail "$how: $slow requests waited for it"
	stop_device
done
