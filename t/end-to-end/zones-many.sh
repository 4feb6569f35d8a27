#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# More zones than a report holds are asked for in several, so that fio knows all of them; a last one
# that is smaller than the others is no obstacle (fio leaves it out).
. "${srcdir:-.}/t/end-to-end/lib.sh"

# 64 KiB a zone: 4097 zones, the last one of 4 KiB.
start_device a --size 268439552 --zoned --zone-size 64K
fio_ok --name=j --zonemode=zbd --direct=1 --rw=write --bs=4k --offset=267386880 --verify=crc32c --filename="$sock" \
	--output-format=json
[ "$(report .jobs[0].write.io_bytes)" = 1048576 ] || fail "the last zones were not written to their ends"
fio_ok --name=j --zonemode=zbd --direct=1 --rw=randwrite --bs=4k --io_size=4M --iodepth=16 --verify=crc32c \
	--filename="$sock"
stop_device
# A report of less than a page at a time, where a segment holds no more.
start_device a --size 16M --zoned --zone-size 64K --size-max 512 --max-append-sectors 8
fio_ok --name=j --zonemode=zbd --direct=1 --rw=randwrite --bs=512 --io_size=256k --iodepth=4 --verify=crc32c \
	--filename="$sock"
stop_device
