#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Writes to a zone that take several requests each, with a ring that does not hold all of them: all
# requests of one write are sent before the next write begins, so every request is at the zone's
# write pointer, and the data verifies.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for options in "--bs=32k --iodepth=4 --vblk_queue_size=8" "--bs=64k --iodepth=4 --vblk_queue_size=8" \
	"--bs=256k --iodepth=2 --vblk_queue_size=16" "--bs=256k --iodepth=16 --vblk_features=-indirect_desc" \
	"--bs=64k --iodepth=8 --sync=1"; do
	start_file_device z 32M --zoned --zone-size 1M --zone-capacity 768K --size-max 8192 --seg-max 4 --max-open-zones 3
	# shellcheck disable=SC2086
	fio_ok --name=z --rw=write --zonemode=zbd --direct=1 --size=8M --verify=crc32c $options --filename="$sock"
	stop_device
	rm -f "$img"
done

# Four jobs, each with its own zones.
start_file_device z 32M --zoned --zone-size 1M --size-max 8192 --seg-max 4 --queues 4
fio_ok --rw=randwrite --zonemode=zbd --direct=1 --bs=64k --iodepth=8 --vblk_queue_size=8 --size=4M --io_size=4M \
	--verify=crc32c --filename="$sock" --name=a --name=b --offset=4M --name=c --offset=8M --name=d --offset=12M
stop_device
