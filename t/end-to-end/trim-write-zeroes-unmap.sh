#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_trim=write_zeroes_unmap: the range reads as zero on the image and its space is given back, its
# neighbours keep their data; on every device, in both layouts.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
job="--name=t --rw=trim --bs=64k --iodepth=4 --offset=1M --size=2M --vblk_trim=write_zeroes_unmap"
for how in qsd split packed; do
	make_image "$dir/a.img" 4194304
	cp "$dir/a.img" "$dir/before"
	sync "$dir/a.img"
	used=$(du -k "$dir/a.img" | cut -f1)
	rm -f "$dir/stats"
	case $how in
	qsd) start_qsd a && ring=auto ;;
	*) start_file_device a 4M && ring=$how ;;
	esac
	# shellcheck disable=SC2086
	fio_ok $job --vblk_ring=$ring --vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .write_zeroes == 32 and .discards == 0 and .split_trims == 0'
	# qemu-storage-daemon says that it does not, and does.
	[ "$how" != qsd ] || expect_line "^vblk: $sock: job 't' lets the device unmap" "$dir/out"
	[ "$how" = qsd ] || expect_no_line "lets the device unmap" "$dir/out"
	zero_range "$img" 1048576 2097152 || fail "$how: the range does not read as zero"
	same_range "$img" "$dir/before" 0 1048576 || fail "$how: something before it was zeroed"
	same_range "$img" "$dir/before" 3145728 1048576 || fail "$how: something behind it was zeroed"
	[ "$(du -k "$img" | cut -f1)" -le $((used - 1024)) ] || fail "$how: no space was given back"
	case $how in
	qsd) kill -TERM "$qsd" && wait "$qsd" ;;
	*) stop_device ;;
	esac
	rm -f "$img" "$sock"
done
