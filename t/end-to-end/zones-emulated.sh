#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# zonemode=zbd on a device without zones: fio emulates zones, as it does on any other device.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
fio_ok --name=j --zonemode=zbd --zonesize=1M --direct=1 --rw=randwrite --bs=16k --size=16M --io_size=8M --iodepth=8 \
	--verify=crc32c --filename="$sock"
start_file_device b 16M
fio_ok --name=j --zonemode=zbd --zonesize=1M --direct=1 --rw=write --bs=16k --size=16M --verify=crc32c \
	--filename="$sock"
psync_ok --name=j --rw=read --bs=16k --size=16M --verify=crc32c --verify_only --filename="$img"
stop_device
