#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# On a device with a volatile cache, data written before a flush survives a kill of the device, and
# data written after it may be lost. Without FLUSH, and therefore without a cache, all data
# survives.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--rw=randwrite --bs=4k --size=256k --iodepth=8 --verify=crc32c --do_verify=0"
for how in "packed" "split --wce"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_file_device a 1M --volatile-cache "$@"
	# shellcheck disable=SC2086
	fio_ok --name=j $job --end_fsync=1 --vblk_ring="$ring" --filename="$sock"
	expect_line '^vblk: .* write-back cache' "$dir/out"
	# shellcheck disable=SC2086
	fio_ok --name=j $job --offset=512k --vblk_ring="$ring" --filename="$sock"
	# shellcheck disable=SC2086
	fio_ok --name=j $job --offset=512k --vblk_ring="$ring" --verify_only --do_verify=1 \
		--filename="$sock"
	kill -KILL "$device"
	wait "$device" 2>/dev/null
	! grep -q 'driver broke' "$sock.said" || fail "$how: $(cat "$sock.said")"
	# shellcheck disable=SC2086
	psync_ok --name=j $job --verify_only --do_verify=1 --filename="$img"
	zero_range "$img" 524288 262144 || fail "$how: the cache is not volatile: nothing was tested"
	rm -f "$img" "$sock"
done
start_file_device a 1M --volatile-cache
# shellcheck disable=SC2086
fio_ok --name=j $job --end_fsync=1 --vblk_features=-flush --filename="$sock"
expect_line '^vblk: .* write-through cache' "$dir/out"
kill -KILL "$device"
wait "$device" 2>/dev/null
! grep -q 'driver broke' "$sock.said" || fail "no flush: $(cat "$sock.said")"
# shellcheck disable=SC2086
psync_ok --name=j $job --verify_only --do_verify=1 --filename="$img"
