#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_trim=write_zeroes and write_zeroes_unmap the range reads as zero. The blocks stay
# allocated with the former and are deallocated with the latter. Data before and after the range is
# unchanged. Tested on every device, with both ring layouts.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
job="--name=t --rw=trim --bs=64k --iodepth=4 --offset=1M --size=2M"
for kind in write_zeroes write_zeroes_unmap; do
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
		fio_ok $job --vblk_trim=$kind --vblk_ring=$ring --vblk_stats="$dir/stats" --filename="$sock"
		expect_stat '.[0] | .write_zeroes == 32 and .discards == 0 and .split_trims == 0'
		zero_range "$img" 1048576 2097152 || fail "$kind, $how: the range does not read as zero"
		same_range "$img" "$dir/before" 0 1048576 || fail "$kind, $how: something before the range was zeroed"
		same_range "$img" "$dir/before" 3145728 1048576 || fail "$kind, $how: something after the range was zeroed"
		now=$(du -k "$img" | cut -f1)
		case $kind in
		write_zeroes) [ "$now" -ge "$used" ] || fail "$kind, $how: blocks were deallocated" ;;
		*) [ "$now" -le $((used - 1024)) ] || fail "$kind, $how: no blocks were deallocated" ;;
		esac
		case $kind,$how in
		# qemu-storage-daemon reports that it does not unmap, but it does.
		write_zeroes_unmap,qsd) expect_line "^vblk: $sock: job 't': vblk_trim=write_zeroes_unmap allows unmapping" "$dir/out" ;;
		*) expect_no_line "allows unmapping" "$dir/out" ;;
		esac
		case $how in
		qsd) kill -TERM "$qsd" && wait "$qsd" ;;
		*) stop_device ;;
		esac
		rm -f "$img" "$sock"
	done
done
