#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring with DPDK's vhost library: psync reads from the file what the engine wrote, and the
# engine reads what psync wrote. Tested with direct and indirect descriptors, with and without
# event_idx, with a sleeping and a spinning driver, and with a polling and a sleeping device.
# quick: yes
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--rw=randwrite --bsrange=512-16k --size=256k --iodepth=16"
for how in "--poll spin block" "--event block spin"; do
	# shellcheck disable=SC2086
	set -- $how
	start_file_device a 256k "$1"
	for features in +indirect_desc,+event_idx -indirect_desc,+event_idx \
		+indirect_desc,-event_idx -indirect_desc,-event_idx; do
		cross_check "$job" "--vblk_ring=packed --vblk_features=$features --vblk_wait=$2" \
			"--vblk_ring=packed --vblk_features=$features --vblk_wait=$3"
		expect_ring packed
	done
	stop_device
	rm "$img"
done
# Corrupt half a sector: psync must detect it.
head -c 256 /dev/urandom >"$img"
truncate -s 256k "$img"
# shellcheck disable=SC2086
any_fio --ioengine=psync --name=j $job --verify=crc32c --verify_only --filename="$img"
[ $rc -ne 0 ] || fail "psync did not detect the corrupted data"
