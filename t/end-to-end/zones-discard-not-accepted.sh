#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# BLK-3: on a host-managed device discard is not accepted, and without zones the device is not used.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --size 4M --zoned --zone-size 1M
fio_ok --name=j --rw=read --bs=4k --size=64k --filename="$sock"
expect_line '^vblk: .*features .*zoned' "$dir/out"
expect_no_line '^vblk: .*features .*discard' "$dir/out"
fio_fails "$sock: job 't' trims, but the device is host-managed: zonemode=zbd resets zones" --name=t --rw=trim \
	--bs=4k --filename="$sock"
fio_fails "$sock: the job requires discard, which is not for host-managed devices" --name=j --rw=read --bs=4k \
	--vblk_features=+discard --filename="$sock"
fio_fails "$sock: device is host-managed, and cannot be used without zoned" --name=j --rw=read --bs=4k \
	--vblk_features=-zoned --filename="$sock"
expect_backend_free
stop_device
