#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring on DPDK's vhost library: what the engine writes, psync reads from the file, and the
# other way round; direct and indirect, with event_idx and without, sleeping and spinning, on a
# device that polls and one that sleeps.
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
# Half a sector of another's: psync must find out.
head -c 256 /dev/urandom >"$img"
truncate -s 256k "$img"
# shellcheck disable=SC2086
any_fio --ioengine=psync --name=j $job --verify=crc32c --verify_only --filename="$img"
[ $rc -ne 0 ] || fail "the check checks nothing"
