#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A host-managed device refuses a read across zones. A job without zonemode=zbd that issues such
# reads still gets its data, because each read is split at the zone boundary. vblk_strict=1 refuses
# such reads.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for ring in split packed; do
	start_file_device a 8M --zoned --zone-size 1M
	fio_ok --name=w --rw=write --bs=64k --zonemode=zbd --direct=1 --size=8M --verify=crc32c --do_verify=0 \
		--vblk_ring=$ring --filename="$sock"
	rm -f "$dir/stats"
	# Five of 21 reads of 384 KiB cross a zone boundary. Each 64 KiB of them is verified.
	fio_ok --name=r --rw=read --bs=384k --size=8064k --iodepth=4 --verify=crc32c --verify_interval=64k \
		--vblk_ring=$ring --vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .split_transfers == 5 and .reads == 26 and .errors == 0'
	fio_fails "$sock: job 'r': request at offset 786432 of 393216 bytes does not fit into one request of the device \(vblk_strict\)" \
		--name=r --rw=read --bs=384k --size=8064k --vblk_ring=$ring --vblk_strict=1 --filename="$sock"
	stop_device
	rm -f "$img"
done

