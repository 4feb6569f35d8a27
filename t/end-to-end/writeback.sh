#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_writeback= sets the cache mode if the device lets its driver choose: with 1 a sync sends a
# FLUSH, with 0 acknowledged writes survive a kill of the device. Tested on qemu-storage-daemon and
# vblk-device.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
job="--name=j --rw=write --bs=4k --size=64k --fsync=1"
flushes() {
	rm -f "$dir/stats"
	# shellcheck disable=SC2086
	fio_ok $job --vblk_writeback="$1" --vblk_stats="$dir/stats" --filename="$sock"
	expect_line "^vblk: .* $2 cache" "$dir/out"
	expect_stat ".[0].flushes $3"
}
start_qsd q
flushes 1 write-back '>= 15'
flushes 0 write-through '== 0'
flushes 1 write-back '>= 15'
start_file_device a 1M --volatile-cache --wce
flushes 1 write-back '>= 15'
flushes auto write-back '>= 15'
flushes 0 write-through '== 0'
written="--name=j --rw=randwrite --bs=4k --size=256k --iodepth=8 --verify=crc32c"
# shellcheck disable=SC2086
fio_ok $written --do_verify=0 --vblk_writeback=0 --filename="$sock"
kill -KILL "$device"
wait "$device" 2>/dev/null
! grep -q 'driver broke' "$sock.said" || fail "$(cat "$sock.said")"
# shellcheck disable=SC2086
psync_ok $written --verify_only --filename="$img"

# If the device does not let the driver choose, a value equal to the device's mode is accepted and
# the other value is an error.
start_device b --size 1M
flushes 1 write-back '>= 15'
# shellcheck disable=SC2086
fio_fails "$sock: device is in write-back mode and does not let the driver change it" $job --vblk_writeback=0 \
	--filename="$sock"
stop_device
start_device b --size 1M --no-flush
flushes 0 write-through '== 0'
# shellcheck disable=SC2086
fio_fails "$sock: device is in write-through mode and does not let the driver change it" $job --vblk_writeback=1 --filename="$sock"
stop_device
