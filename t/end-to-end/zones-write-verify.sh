#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# zonemode=zbd on a host-managed device: fio learns the zones from the device's report and writes at
# their write pointers, and psync reads from the image what was written. Tested with both ring
# layouts, with processes and threads.
# quick: yes
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

zoned="--zoned --zone-size 1M --zone-capacity 768K --conventional-zones 2 --max-open-zones 4 --max-active-zones 6"
for how in "split" "packed" "packed +in_order" "split -indirect_desc" "packed -event_idx"; do
	ring=${how%% *}
	features=${how#"$ring"}
	# shellcheck disable=SC2086
	start_file_device a 16M $zoned --in-order
	fio_ok --name=j --rw=write --bs=64k --zonemode=zbd --direct=1 --verify=crc32c --offset=2M --size=14M \
		--vblk_ring="$ring" ${features:+--vblk_features="${features# }"} --filename="$sock"
	expect_line '^vblk: .*, host-managed zones of 1024 KiB, ' "$dir/out"
	# Each zone is written exactly up to its capacity.
	for zone in 2 9 15; do
		psync_ok --name=j --rw=read --bs=64k --verify=crc32c --verify_only --offset=${zone}M --size=768k \
			--filename="$img"
		zero_range "$img" $((zone * 1048576 + 786432)) 262144 || fail "$how: written beyond the zone's capacity"
	done
	stop_device
	rm -f "$img"
done

# Several jobs, each with its own zones and its own queue.
for thread in 0 1; do
	# shellcheck disable=SC2086
	start_file_device a 16M --zoned --zone-size 1M --queues 4 --threads
	fio_ok --zonemode=zbd --direct=1 --rw=randwrite --bs=16k --iodepth=8 --verify=crc32c --thread=$thread \
		--max_open_zones=3 --filename="$sock" --size=4M --io_size=4M --name=a --name=b --offset=4M \
		--name=c --offset=8M --name=d --offset=12M
	stop_device
	rm -f "$img"
done
