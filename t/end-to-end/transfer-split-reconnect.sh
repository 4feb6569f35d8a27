#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Transfers that consist of several requests, and writes followed by a flush, survive a kill of the
# back-end: all their requests are sent again, and each transfer completes once.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
limits="--size-max 4096 --seg-max 8"
for how in "split 0" "packed 1"; do
	ring=${how% *}
	# shellcheck disable=SC2086
	start_file_device a 32M $limits --order "die 301 write"
	first=$device
	start_fio --name=t --rw=write --bs=256k --size=32M --iodepth=16 --vblk_ring="$ring" --sync="${how#* }" \
		--verify=crc32c --do_verify=0 --filename="$sock" --vblk_reconnect=60s --vblk_stats="$dir/stats" \
		--output-format=json
	wait_until 30 gone "$first" || fail "$ring: the device did not die"
	rm -f "$sock"
	# shellcheck disable=SC2086
	start_file_device a 32M $limits
	finish_fio 60
	[ $rc -eq 0 ] || fail "$ring: fio ended with status $rc"
	[ "$(report '.jobs[0].write.total_ios')" = 128 ] || fail "$ring: writes were lost or counted twice"
	expect_stat '.[0] | .reconnects == 1 and .errors == 0 and .resubmitted >= 1 and .split_transfers >= 128'
	psync_ok --name=t --rw=write --bs=256k --size=32M --verify=crc32c --verify_only --filename="$img"
	stop_device
	rm -f "$img" "$dir/stats"
done
