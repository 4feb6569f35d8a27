#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# BLK-3: the discard feature of a host-managed device is not accepted, and the device is not used
# without the zoned feature.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --size 4M --zoned --zone-size 1M
fio_ok --name=j --rw=read --bs=4k --size=64k --filename="$sock"
expect_line '^vblk: .*features .*zoned' "$dir/out"
expect_no_line '^vblk: .*features .*discard' "$dir/out"
fio_fails "$sock: job 't' trims, but the device is host-managed: use zonemode=zbd, where trims reset zones" --name=t --rw=trim \
	--bs=4k --filename="$sock"
fio_fails "$sock: the job requires discard, which cannot be used on host-managed devices" --name=j --rw=read --bs=4k \
	--vblk_features=+discard --filename="$sock"
fio_fails "$sock: device is host-managed and cannot be used without the feature zoned" --name=j --rw=read --bs=4k \
	--vblk_features=-zoned --filename="$sock"
expect_backend_free
stop_device
