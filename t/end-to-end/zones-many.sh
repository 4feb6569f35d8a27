#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a device has more zones than one report holds, the engine requests several reports, so that fio
# knows all zones. A smaller last zone does no harm (fio ignores it).
. "${srcdir:-.}/t/end-to-end/lib.sh"

# Zones of 64 KiB: 4097 zones, the last one of 4 KiB.
start_device a --size 268439552 --zoned --zone-size 64K
fio_ok --name=j --zonemode=zbd --direct=1 --rw=write --bs=4k --offset=267386880 --verify=crc32c --filename="$sock" \
	--output-format=json
[ "$(report .jobs[0].write.io_bytes)" = 1048576 ] || fail "the last zones were not written to their ends"
fio_ok --name=j --zonemode=zbd --direct=1 --rw=randwrite --bs=4k --io_size=4M --iodepth=16 --verify=crc32c \
	--filename="$sock"
stop_device
# Reports of less than a page, because a segment cannot be larger.
start_device a --size 16M --zoned --zone-size 64K --size-max 512 --max-append-sectors 8
fio_ok --name=j --zonemode=zbd --direct=1 --rw=randwrite --bs=512 --io_size=256k --iodepth=4 --verify=crc32c \
	--filename="$sock"
stop_device
