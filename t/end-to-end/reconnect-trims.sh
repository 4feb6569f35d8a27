#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Trims that consist of several requests, and flushes, survive a kill of the back-end: all their
# requests are sent again, and each trim completes once.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
limits="--max-discard-sectors 16 --max-discard-seg 2"
for ring in split packed; do
	make_image "$dir/a.img" 33554432
	# shellcheck disable=SC2086
	start_file_device a 32M $limits --order "die 301 discard"
	first=$device
	start_fio --name=t --rw=trim --bs=128k --size=32M --iodepth=16 --vblk_ring=$ring --filename="$sock" \
		--vblk_reconnect=60s --vblk_stats="$dir/stats" --output-format=json
	wait_until 30 gone "$first" || fail "$ring: the device did not die"
	rm -f "$sock"
	# shellcheck disable=SC2086
	start_file_device a 32M $limits
	finish_fio 60
	[ $rc -eq 0 ] || fail "$ring: fio ended with status $rc"
	[ "$(report '.jobs[0].trim.total_ios')" = 256 ] || fail "$ring: trims were lost or counted twice"
	expect_stat '.[0] | .reconnects == 1 and .errors == 0 and .resubmitted >= 1'
	zero_range "$img" 0 33554432 || fail "$ring: not everything was trimmed"
	stop_device
	rm -f "$dir/stats"
	start_file_device a 32M --order "die 10 flush"
	first=$device
	start_fio --name=f --rw=randwrite --bs=4k --size=1M --iodepth=8 --fsync=4 --vblk_ring=$ring --filename="$sock" \
		--vblk_reconnect=60s --verify=crc32c
	wait_until 30 gone "$first" || fail "$ring: the device did not die of a flush"
	rm -f "$sock"
	start_file_device a 32M
	finish_fio 60
	[ $rc -eq 0 ] || fail "$ring: fio ended with status $rc after a flush"
	stop_device
	rm -f "$img"
done
