#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With sync=1, sync=sync and sync=dsync on a device with a volatile cache, a write completes only
# after a flush that follows it, so the write survives a kill of the device. On a write-through
# device, no flush is sent.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
job="--rw=randwrite --bs=4k --size=256k --iodepth=8 --verify=crc32c --do_verify=0"
for how in "packed 1" "split dsync" "packed sync" "split 1 -indirect_desc" "packed 1 +in_order" "split 1 +in_order"; do
	# shellcheck disable=SC2086
	set -- $how
	start_file_device a 1M --volatile-cache --in-order
	# shellcheck disable=SC2086
	fio_ok --name=j $job --sync="$2" --vblk_ring="$1" ${3:+--vblk_features="$3"} --vblk_stats="$dir/stats" \
		--filename="$sock"
	expect_stat '.[0] | .writes == 64 and .flushes == 64 and .errors == 0'
	kill -KILL "$device"
	wait "$device" 2>/dev/null
	! grep -q 'driver broke' "$sock.said" || fail "$how: $(cat "$sock.said")"
	# shellcheck disable=SC2086
	psync_ok --name=j $job --verify_only --do_verify=1 --filename="$img"
	rm -f "$img" "$sock" "$dir/stats"
done

# No flushes for reads, for jobs without sync=, or on a write-through device.
start_device a
fio_ok --name=plain --rw=randwrite --bs=4k --size=256k --vblk_stats="$dir/stats" --filename="$sock"
fio_ok --name=reads --rw=randread --bs=4k --size=256k --sync=1 --vblk_stats="$dir/stats" --filename="$sock"
# shellcheck disable=SC2086
fio_ok --name=j $job --sync=1 --vblk_features=-flush --vblk_stats="$dir/stats" --filename="$sock"
expect_stat 'map(.flushes) == [0, 0, 0] and map(.writes) == [64, 0, 64]'
stop_device
rm -f "$dir/stats"

# A flush that fails fails its own write only.
start_device a --order "fail 5 flush"
run_fio --name=j --rw=write --bs=4k --size=256k --iodepth=4 --sync=1 --continue_on_error=all --filename="$sock" \
	--output-format=json
[ "$(report '.jobs[0].total_err')" = 1 ] || fail "$(report '.jobs[0].total_err') errors"
[ "$(report '.jobs[0].first_error')" = 5 ] || fail "the error is not the flush's"
stop_device
