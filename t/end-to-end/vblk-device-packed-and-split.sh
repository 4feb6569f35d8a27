#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# t/vblk-device/vblk-device, on DPDK's vhost library: with and without packed rings, indirect
# descriptors and event_idx, all data verifies, and the device finds no rule violation.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for how in "--no-packed" "--no-packed --no-indirect --no-event-idx" "--no-packed --poll" "" \
	"--no-indirect --no-event-idx --poll"; do
	# shellcheck disable=SC2086
	start_device a --queues 2 $how
	fio_ok --name=j --numjobs=2 --rw=randwrite --bsrange=4k-64k --size=2M --offset_increment=2M \
		--iodepth=16 --verify=crc32c --filename="$sock"
	case $how in
	*no-packed*) expect_ring split ;;
	*) expect_ring packed ;;
	esac
	expect_backend_free
	stop_device
done
