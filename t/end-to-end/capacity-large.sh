#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Sectors beyond 2^32 and capacities near 2^63 bytes work: data is written and trimmed exactly where
# the job asks for it, up to the last sector.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

img=$dir/a.img
truncate -s 6T "$img" 2>/dev/null || skip "this file system cannot hold a sparse file of 6 TiB"
end=$((6 * 1024 * 1024 * 1024 * 1024))
job="--name=j --rw=randwrite --bs=4k --size=64k --iodepth=4 --verify=crc32c"
for how in qsd split packed; do
	case $how in
	qsd) start_qsd a && ring=auto ;;
	*) start_device a --store file --file "$img" && ring=$how ;;
	esac
	for offset in 2199023255552 3298534883328 $((end - 65536)); do
		# shellcheck disable=SC2086
		fio_ok $job --offset="$offset" --vblk_ring=$ring --filename="$sock"
		# shellcheck disable=SC2086
		psync_ok $job --offset=$offset --verify_only --filename="$img"
		fio_ok --name=t --rw=trim --bs=4k --size=4k --offset="$offset" --vblk_ring="$ring" --filename="$sock"
		zero_range "$img" $offset 4096 || fail "$how: nothing was trimmed at $offset"
		! zero_range "$img" $((offset + 4096)) 4096 || fail "$how: too much was trimmed at $offset"
	done
	[ "$(du -k "$img" | cut -f1)" -le 1024 ] || fail "$how: something else was written"
	case $how in
	qsd) kill -TERM "$qsd" && wait "$qsd" ;;
	*) stop_device ;;
	esac
	rm -f "$img" "$sock"
	truncate -s 6T "$img"
done
start_device n --store null --size 8589934591G
fio_ok --name=j --rw=read --bs=512 --offset=9223372035781032960 --size=64k --filename="$sock"
fio_ok --name=j --rw=randread --bs=4k --norandommap --io_size=1M --iodepth=8 --filename="$sock"
stop_device
